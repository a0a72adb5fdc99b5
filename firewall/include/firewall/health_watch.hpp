// While a whitelist waits to be confirmed, a service that turns ill takes it back at once: a transient
// service of systemd that listens to how others are. Beside the way back, which does not depend on it. Knows
// nothing of rules. Started by apply_whitelist, and is what cli's rollback does for that service.
#pragma once

#include "firewall/applied.hpp"

#include <functional>

namespace fwlearn::firewall {

/// When it returns, how services are is known, and what changes counts: all of them, or that one unit. Throws
/// SystemError, also where systemd does not run this host; the way back is there all the same.
void start_health_watch(const StateDirectory& directory, const Applied& armed, const std::string& only);

/// What the service does: until a service turns ill, and then this is taken back; or until this is not what
/// is armed (any more). What was done; empty: nothing. Throws SystemError. `complain` is
/// take_back_by_all_means()'.
std::string take_back_unless_healthy(const StateDirectory& directory, const std::string& token,
                                     const std::string& only,
                                     const std::function<void(const std::string& error)>& complain);

/// The command that makes the service: systemd-run(1). Should it die, or systemd hang up, it is started anew,
/// and knows as ill what is so by then.
std::vector<std::string> health_command(const StateDirectory& directory, const std::string& token,
                                        const std::string& only, const std::filesystem::path& program);

} // namespace fwlearn::firewall
