// On which days each task reached each of its destinations. A destination is what a rule would admit: a name
// where an answer gave one, so that another address of a name that rotates is nothing new.
// Knows nothing of estimates. Private to this room; called by unseen_mass and discovery.
#pragma once

#include <model/record.hpp>

#include <map>
#include <span>
#include <vector>

namespace fwlearn::analyzer {

/// Numbers of days, as they stand in the dates that were asked for; ascending, none twice. A vector: of a
/// million items most have one day, and a set would have a node for each.
using DaySet = std::vector<std::size_t>;

/// What one task did on these days.
struct TaskDays {
    DaySet days;               ///< on which it was started, as far as the host tells, or reached anything
    std::vector<DaySet> items; ///< of each destination, the days on which it was reached; none is empty
};

/// By task; without those that neither ran nor reached anything. Counts accepted flows alone, no session's,
/// and no overflow rows. `dates` ascending.
std::map<model::TaskId, TaskDays> incidences(const model::Record& record,
                                             std::span<const std::chrono::sys_days> dates);

} // namespace fwlearn::analyzer
