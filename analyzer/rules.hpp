// Fourth step: the rules of one protocol, with their evidence, exposure and warnings.
// Private to this room; called by suggest.
#pragma once

#include "places.hpp"
#include "select.hpp"

namespace fwlearn::analyzer {

/// `needs` are all of one protocol, ascending; their selectors may share rules.
std::vector<model::Rule> rules_for(const model::Record& record, const Places& places,
                                   const std::vector<model::Selector>& selectors, std::span<const Need> needs,
                                   const SuggestOptions& options, Decided& decided);

} // namespace fwlearn::analyzer
