// Findings that were counted instead of told one by one, in words: as a line, as JSON, as an entry of
// systemd's journal. Private to this room; used by audit, looked into by its tests.
#pragma once

#include "finding_limit.hpp"

namespace fwlearn::cli {

/// "folded: 1950 more findings of user 1000 alice (1950 denied), 1950 flows; all of them: fwlearn audit
/// --since '...'" Printable ASCII, one line.
std::string folded_line(const FoldedFindings& folded);

/// docs/json.md has the keys. ASCII only, no newline.
std::string folded_to_json(const FoldedFindings& folded);

/// As journal_fields() has them of a finding.
std::vector<std::string> journal_fields(const FoldedFindings& folded);

} // namespace fwlearn::cli
