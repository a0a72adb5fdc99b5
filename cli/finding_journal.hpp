// A finding as an entry of systemd's journal. Private to this room; used by audit, looked into by its tests.
#pragma once

#include <analyzer/audit.hpp>

namespace fwlearn::cli {

/// "NAME=value" each, as sd_journal_sendv(3) takes them; values are bytes, and may have newlines in them.
std::vector<std::string> journal_fields(const analyzer::Finding& finding,
                                        const model::Identities& identities);

/// Throws model::SystemError. Where no journal runs it is lost without a word, as everybody's entries are.
void send_to_journal(const std::vector<std::string>& fields);

} // namespace fwlearn::cli
