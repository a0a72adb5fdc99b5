// The way back where there is no systemd: a process without a terminal, a session or a parent, that waits for
// the deadline and then takes the whitelist back. Private to this room; started by way_back.
#pragma once

#include "firewall/applied.hpp"

namespace fwlearn::firewall {

/// Its pid. When this returns, it waits. Throws SystemError.
int start_detached_way_back(const StateDirectory& directory, const Applied& armed);

} // namespace fwlearn::firewall
