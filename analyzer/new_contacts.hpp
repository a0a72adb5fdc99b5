// What stands for contacts that nobody has seen: those of one day alone, and of tasks that a clock runs what
// their next run, or their first one, will bring.
// Knows nothing of shares and days that are left out. Private to this room; called by unseen_mass.
#pragma once

#include "clocks.hpp"
#include "incidences.hpp"
#include "weighted_count.hpp"

namespace fwlearn::analyzer {

/// Sums over the days observed; divided by these they are what to expect of one day.
struct NewContacts {
    WeightedCount random;   ///< what came on one day alone, of its own accord
    double twice = 0;       ///< the same, on two days
    double spread = 0;      ///< the variance of the truth itself around what `random` expects
    double event = 1;       ///< destinations that come together with a random one, itself counted
    WeightedCount by_clock; ///< of runs to come, which are certain, though not what they bring
    std::size_t schedules_to_come = 0;
};

/// The sets of `tasks` are of numbers below `days`; `observed` is for how long these were, in days.
NewContacts new_contacts(const std::map<model::TaskId, TaskDays>& tasks, const Clocks& clocks,
                         std::size_t days, double observed);

} // namespace fwlearn::analyzer
