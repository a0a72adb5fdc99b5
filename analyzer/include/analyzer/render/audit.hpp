// What an audit found: as a table for people, and each finding as a line of JSON, which docs/json.md
// describes. Called by cli's audit and learn-more.
#pragma once

#include "analyzer/audit.hpp"
#include "analyzer/render/style.hpp"

namespace fwlearn::analyzer {

/// In the order given.
std::string render_findings(std::span<const Finding> findings, const model::Record& record,
                            const TableStyle& style);

/// "3 findings: 12 flows denied (40 packets), 2 flows unexplained; 512 flows explained"
std::string audit_words(const Audit& audit);

/// `decision` is what the file of decisions would say of it; empty: nothing. ASCII only, no newline.
std::string finding_to_json(const Finding& finding, const model::Record& record, const std::string& decision);

/// One line: "denied: tcp/443 to name (address) by /usr/bin/curl for cron /etc/cron.d/x:1, 3 times".
std::string finding_words(const Finding& finding, const model::Identities& identities);

/// With the nearest rule, and why it does not match.
std::string finding_line(const Finding& finding, const model::Identities& identities);

/// The same on one screen, to be decided about: lists and lines are cut.
std::string render_question(const Finding& finding, const model::Identities& identities,
                            const TableStyle& style);

/// "denied" or "unexplained"
const char* verdict_word(const Finding& finding);

} // namespace fwlearn::analyzer
