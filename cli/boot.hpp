// What happens at boot: the confirmed whitelist is loaded before the network is up, and where that fails the
// host is open or closed, as was chosen. Private to this room; called by apply --at-boot.
#pragma once

#include "context.hpp"

namespace fwlearn::cli {

/// done: loaded, or nothing is to be. findings: the fixed parts alone are loaded, or units are missing from
/// their sets. failed: nothing is loaded.
int apply_at_boot(const std::filesystem::path& state, Context& context);

} // namespace fwlearn::cli
