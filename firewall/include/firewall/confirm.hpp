// Confirming: what was applied stays, and is what is loaded at boot.
// Knows nothing of who asks. Called by cli's confirm and by the boot.
#pragma once

#include "firewall/applied.hpp"

namespace fwlearn::firewall {

/// From one moment to the next (rename(2)) it is confirmed and has no way back any more. Throws SystemError
/// where the table is not what was applied, and UsageError where the time is over. Returns what
/// store_boot_files() does.
std::string confirm(const StateDirectory& directory, Applied armed, AtBoot at_boot);

/// Writes whitelist.nft and the document beside it as the confirmed state has them, for people and for audit:
/// also where a crash has come between the two. What keeps it from that; empty: nothing does.
std::string store_boot_files(const StateDirectory& directory);

/// Nothing is confirmed, and nothing loaded at boot.
void forget_confirmed(const StateDirectory& directory);

} // namespace fwlearn::firewall
