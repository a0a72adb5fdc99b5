// What systemd says of its timers, laid over what their files say. Pure. Used by the schedule watch.
#pragma once

#include <model/schedule.hpp>

#include <string>
#include <vector>

namespace fwlearn::collector::host {

struct BusTimer {
    std::string name;              ///< backup.timer
    std::string unit;              ///< what it triggers
    bool active = false;           ///< it waits, runs, or has run for the last time
    std::string when;              ///< OnCalendar= and the like, as model::Schedule has it
    std::chrono::seconds delay{0}; ///< AccuracySec= and RandomizedDelaySec= together
    std::optional<model::Timestamp> next_run;
    std::optional<model::Timestamp> last_run;
    /// A condition of its own did not hold when it was to begin to wait (systemd.unit(5)).
    bool kept_off = false;

    bool operator==(const BusTimer&) const = default;
};

/// Of the system's active timers, state, next and last run are systemd's; one that only systemd has
/// (generated, transient) is added. What it has not loaded stays as its file says. Ascending.
std::vector<model::Schedule> with_systemd(std::vector<model::Schedule> schedules,
                                          const std::vector<BusTimer>& timers);

} // namespace fwlearn::collector::host
