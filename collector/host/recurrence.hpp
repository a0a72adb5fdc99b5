// How long it is between the runs of what recurs, told from its next runs alone. Pure; knows no format and no
// time zone: on the wall clock, so that the hour by which a summer time begins or ends is no longer wait.
// Used by the ledger.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace fwlearn::collector::host {

using LocalSecond = std::chrono::local_time<std::chrono::seconds>;

/// The first run after a second; nothing where there is none.
using NextRun = std::function<std::optional<LocalSecond>(LocalSecond)>;

/// The first of all.
std::optional<LocalSecond> next_of(const std::vector<NextRun>& runs, LocalSecond after);

/// The longest time between two runs in a row among those after `from`; nothing where fewer than two follow.
/// Each of `runs` has the same times on every day on which it runs, the same minutes in every hour, and the
/// same seconds in every minute, as crontab(5) and systemd.time(7) have it; so one day tells of all, and
/// days are looked at for 12 years or 400 runs, and on until there are two (29 February, a Monday).
std::optional<std::chrono::seconds> longest_wait(const std::vector<NextRun>& runs, LocalSecond from);

} // namespace fwlearn::collector::host
