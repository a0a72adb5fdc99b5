// The discovery curve: on which day each task reached a destination for the first time. Pure. Called by
// coverage.
#pragma once

#include "analyzer/coverage.hpp"
#include "incidences.hpp"

#include <span>

namespace fwlearn::analyzer {

/// One for each of `days`, of which `tasks` are.
std::vector<DiscoveryDay> discovery(const Incidences& tasks, const model::Identities& identities,
                                    std::span<const ObservedDay> days);

} // namespace fwlearn::analyzer
