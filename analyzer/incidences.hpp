// On which days each task reached each of its destinations. A destination is what a rule would admit: a name
// where an answer gave one, so that another address of a name that rotates is nothing new.
// Knows nothing of estimates. Private to this room; called by unseen_mass and coverage.
#pragma once

#include "analyzer/unseen_mass.hpp"

#include <map>
#include <optional>
#include <span>
#include <vector>

namespace fwlearn::analyzer {

/// Numbers of days, as they stand in those that were asked for; ascending, none twice.
using DaySet = std::vector<std::size_t>;

/// What one task did on these days.
struct TaskDays {
    DaySet days; ///< on which it was started, as far as the host tells, or reached anything
    /// How many destinations were reached on exactly these days: they come together and are one event. Of
    /// millions of destinations nothing else is kept. No set is empty, and no number 0.
    std::map<DaySet, std::size_t> bundles;
};

/// By task; without those that neither ran nor reached anything.
using Incidences = std::map<model::TaskId, TaskDays>;

/// Counts accepted flows alone, no session's, and no overflow rows. `days` ascending.
Incidences incidences(const model::Record& record, std::span<const ObservedDay> days);

/// The same of some of these days: by the position that each had, the one that it has among those that stay.
void keep_days(Incidences& tasks, const std::vector<std::optional<std::size_t>>& numbers);

} // namespace fwlearn::analyzer
