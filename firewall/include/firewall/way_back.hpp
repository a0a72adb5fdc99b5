// The way back: what takes back a whitelist that nobody confirms, whatever becomes of who applied it. A
// transient timer where systemd runs this host (sd_booted(3)), else a process of its own, which outlives the
// terminal, the session and the connection that it was started from.
// Knows nothing of rules. Called by apply_whitelist, health_watch, and cli's confirm and rollback.
#pragma once

#include "firewall/applied.hpp"

#include <functional>

namespace fwlearn::firewall {

/// When it returns the way back is there. What it is, for people. Throws SystemError.
std::string arm_way_back(const StateDirectory& directory, const Applied& armed);

/// Called when the state says already that there is nothing to take back: with that alone it does nothing any
/// more, and this only tidies up.
void disarm_way_back(const Applied& armed);
/// The same of systemd's timer alone, for who is one of the other units.
void disarm_timer(const std::string& token);

/// What the way back does when it is due: nothing where this is over (is_over()), else it is taken back. Who
/// still knows what was written down gives it as `known`: it counts where that is lost. What was done; empty:
/// nothing. Throws SystemError.
std::string take_back_unless_over(const StateDirectory& directory, const std::string& token,
                                  const std::string& reason, const Applied* known);

/// The same as long as it takes: whatever stands in the way now may be gone in a second. What does is given
/// to `complain`, once a minute and later every ten.
std::string take_back_by_all_means(const StateDirectory& directory, const std::string& token,
                                   const std::string& reason,
                                   const std::function<void(const std::string& error)>& complain,
                                   const Applied* known = nullptr);

/// Whether systemd knows that it had to take this back, and does not any more: `systemctl soft-reboot` stops
/// timers, and leaves the kernel, its tables and its boot id. False where it cannot be told.
bool way_back_is_lost(const std::string& token);

/// The command that makes the timer: systemd-run(1). The span is counted by a clock that nobody can step
/// (systemd.timer(5): monotonic timers).
std::vector<std::string> timer_command(const StateDirectory& directory, const std::string& token,
                                       std::chrono::milliseconds left, const std::filesystem::path& program);

} // namespace fwlearn::firewall
