// Commands that put the cgroups of units that run into sets that are empty, for the transaction that loads
// the sets: so that no unit is denied for a moment. Private to this room; unit_sets has it, whitelist_table
// uses it.
#pragma once

#include "firewall/whitelist_table.hpp"

namespace fwlearn::firewall {

/// None where nft would not find them.
std::string commands_to_fill(const std::vector<UnitSet>& units, const std::filesystem::path& cgroup2_root);

} // namespace fwlearn::firewall
