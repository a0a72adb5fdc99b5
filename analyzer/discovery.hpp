// The discovery curve: on which day each task reached a destination for the first time. Pure. Called by
// coverage.
#pragma once

#include "analyzer/coverage.hpp"

#include <span>

namespace fwlearn::analyzer {

/// One for each of `days`; what began before the first of them or after the last counts for none.
std::vector<DiscoveryDay> discovery(const model::Record& record, std::span<const ObservedDay> days);

} // namespace fwlearn::analyzer
