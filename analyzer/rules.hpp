// Fourth step: the rules of one selector and protocol, with their evidence, exposure and warnings.
// Private to this room; called by suggest.
#pragma once

#include "places.hpp"
#include "select.hpp"

namespace fwlearn::analyzer {

/// `needs` are all of one selector and protocol, ascending. With `by_address` every rule is for the
/// addresses that were seen, and names only label it.
std::vector<model::Rule> rules_for(const model::Record& record, const Places& places,
                                   std::span<const Need> needs, bool by_address);

} // namespace fwlearn::analyzer
