// What two readings of the ledger, one after the other, tell of runs between them: the host's own stamps that
// have changed (of Persistent= timers and of anacron, and what systemd says of its timers). For a host
// without a journal. Pure. Used by the schedule watch.
#pragma once

#include <model/schedule.hpp>

#include <vector>

namespace fwlearn::collector::host {

struct TaskRun {
    model::Task task;
    model::Timestamp time; ///< when it began
    model::RunEvent event = model::RunEvent::began;

    auto operator<=>(const TaskRun&) const = default;
};

struct LedgerReading {
    std::vector<model::Schedule> schedules;
    model::Timestamp time;
};

/// One run at most of each task; ascending. A stamp that is older than the reading before, like anacron's,
/// which names but the day, puts the run at the time at which it was found.
std::vector<TaskRun> runs_between(const LedgerReading& before, const LedgerReading& after);

} // namespace fwlearn::collector::host
