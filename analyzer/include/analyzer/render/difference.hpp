// What differs between two whitelists, a line each: `-` was removed, `+` was added, `~` has other
// destinations. Called by cli's diff.
#pragma once

#include "analyzer/difference.hpp"

namespace fwlearn::analyzer {

/// For reading: long lists are cut.
std::string render_difference(const RuleChange& change);
/// One JSON object, without a newline; docs/json.md describes it.
std::string difference_to_json(const RuleChange& change);

} // namespace fwlearn::analyzer
