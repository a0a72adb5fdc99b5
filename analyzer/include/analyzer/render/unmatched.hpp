// What was decided and has no effect, for people, as printable ASCII.
// Used by the heads of all outputs, and by cli's apply, which has none.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// One line for each decision that concerns nothing.
std::vector<std::string> unmatched_lines(const model::Whitelist& whitelist);

} // namespace fwlearn::analyzer
