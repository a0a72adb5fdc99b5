// The rules of a whitelist that was printed as JSON, so that it can be compared with another one: a document
// of somebody's, of which nothing is believed. The rest of it (what was left out, what settings name) is not
// read. Pure. Called by cli's diff.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// In the document's order. Ids are worked out anew from what the rules admit. Unknown keys are passed over,
/// as docs/json.md promises that there may be more one day; missing evidence is none. Throws
/// model::UsageError, in one line, for what is no such document.
std::vector<model::Rule> read_rules(std::string_view text);

} // namespace fwlearn::analyzer
