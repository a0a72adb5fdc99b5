// Whether a whitelist lets `fwlearn refresh` ask what its names stand for, without which they stand for
// nothing in the end. Pure. Called by cli's apply.
#pragma once

#include <model/configured.hpp>
#include <model/whitelist.hpp>

#include <vector>

namespace fwlearn::analyzer {

/// The name servers of the host's settings, if the whitelist has rules by name and lets refresh, as the units
/// of the package run it, to none of them. Empty also where one is on this host, and where none is known.
/// Ascending, none twice.
std::vector<model::Address> resolvers_denied_to_refresh(const model::Whitelist& whitelist,
                                                        const std::vector<model::Configured>& configured);

} // namespace fwlearn::analyzer
