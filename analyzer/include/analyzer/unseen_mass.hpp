// How much of what the server does has not been seen: of the contacts of a day to come, each one a task's
// with a destination, the share that would be the first of its kind. An estimate, and what it is at most.
//
// A contact counts once a day, since flows are no independent trials: one run of a task makes many. The share
// is Good and Turing's (Good 1953, Biometrika 40:237), for incidences as Chao and Jost (2012, Ecology
// 93:2533) have it: contacts that were made on one day alone stand for those that were made on none. Its
// error is Robbins's (1968, Ann. Math. Stat. 39:256) and Esty's (1983, Ann. Stat. 11:905), with destinations
// that always come together counted as one. A task that a clock runs is no random trial: what has a known
// period goes by that. How many destinations there are is Chao's (1987, Biometrics 43:783).
// docs/coverage.md has the whole method, what it was tried on, and what it cannot know.
//
// Pure: no I/O, no clock. Knows nothing of rules: a contact is new or not, whatever a whitelist says of it.
#pragma once

#include <model/record.hpp>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fwlearn::analyzer {

/// A day in UTC, and how much of it was really observed (gaps subtracted).
struct ObservedDay {
    std::chrono::sys_days date;
    std::chrono::seconds observed{};
};

struct UnseenMass {
    /// Of all contacts of a day to come, between 0 and 1. Both are there, or neither.
    std::optional<double> estimate;
    std::optional<double> upper95; ///< in 95 of 100 such servers the truth is not above it
    /// Of the tasks but these, where these make more contacts than all others together, which the two would
    /// say nothing of then; and only where the bound is larger without them.
    std::vector<model::TaskId> without;
    std::string cannot_tell; ///< the reason, in printable ASCII, where they are absent; else empty

    std::size_t days = 0;       ///< that count: observed for at least half of them
    double observed = 0;        ///< how much of these was observed, in days
    std::size_t items = 0;      ///< different contacts that were made on these
    std::size_t incidences = 0; ///< the sum over items of the days on which they were made
    std::size_t singletons = 0; ///< items of one day alone
    std::size_t doubletons = 0; ///< of two
    /// Enabled, due less often than the time observed, and not seen to run: each counts in the estimate, with
    /// as many destinations as those that were seen to run have on the average. 0 where nothing can be told.
    std::size_t schedules_to_come = 0;
    /// How many items there are in all, and how many of them were not seen, as Chao2 has it: at least so many
    /// where days are alike. Without what schedules will bring. Absent where nothing can be told.
    std::optional<double> items_in_all, items_unseen;
};

/// An item is a task with a service at a name, or at an address where no answer gave a name. Not counted:
/// what sessions sent, what a whitelist denied or would have denied, and rows of more destinations than could
/// be told apart. `days` ascending by date, each date once; what the record has of other days, and of those
/// that were observed for less than half, is as if it had not been seen.
UnseenMass unseen_mass(const model::Record& record, std::span<const ObservedDay> days);

} // namespace fwlearn::analyzer
