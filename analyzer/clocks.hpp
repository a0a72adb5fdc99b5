// Which tasks a clock runs, and how often: what a schedule says, for those that run once a day or less often.
// Of what runs more often every day has many runs, and a day tells nothing of the clock.
// Knows nothing of when they ran. Private to this room; called by unseen_mass.
#pragma once

#include <model/record.hpp>

#include <map>
#include <vector>

namespace fwlearn::analyzer {

struct Clock {
    double period = 0; ///< in days, the longest time between two runs
    double latest = 0; ///< with the delay
};

struct Clocks {
    std::map<model::TaskId, Clock> of_tasks;
    std::vector<Clock> of_nobody; ///< of tasks that nothing else in the record refers to
};

/// Of enabled schedules with a period; where a task has several, the shortest.
Clocks clocks(const model::Record& record);

} // namespace fwlearn::analyzer
