// Where the host sends its log: rsyslog's forwarding. Used by read_settings(); the reader of the text is
// pure.
#pragma once

#include "findings.hpp"
#include "text.hpp"

namespace fwlearn::collector::host::settings {

std::vector<model::Configured> read_log(HostFiles& files);

/// rsyslog.conf(5): @HOST, @@HOST, :omrelp:HOST, and actions of the types omfwd and omrelp.
Findings rsyslog_conf(std::string_view text, const model::ForeignText& file);

} // namespace fwlearn::collector::host::settings
