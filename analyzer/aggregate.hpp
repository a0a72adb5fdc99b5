// Third step: addresses that fill a prefix exactly become that prefix. Never admits an address more.
// Private to this room; called by suggest.
#pragma once

#include <model/prefix.hpp>

#include <span>
#include <vector>

namespace fwlearn::analyzer {

/// Addresses ascending, none twice. The fewest prefixes that hold them and nothing else, ascending.
std::vector<model::Prefix> aggregate(std::span<const model::Address> addresses);

} // namespace fwlearn::analyzer
