// Addresses that fill a prefix exactly become that prefix. Never admits an address more.
// Private to this room; called by rules.
#pragma once

#include <model/prefix.hpp>

#include <span>
#include <vector>

namespace fwlearn::analyzer {

/// The fewest prefixes that hold these and nothing else, ascending. Both ascending; what lies in another of
/// them may be among the prefixes.
std::vector<model::Prefix> aggregate(std::span<const model::Prefix> prefixes);
std::vector<model::Prefix> aggregate(std::span<const model::Address> addresses);

} // namespace fwlearn::analyzer
