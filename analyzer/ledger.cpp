#include "analyzer/ledger.hpp"

#include "observed_time.hpp"

#include <model/vocabulary.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <map>

namespace fwlearn::analyzer {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// By the hour, for one task.
struct Activity {
    struct Minutes { ///< bits, as model::TaskRuns has them
        std::uint64_t ran = 0;
        std::uint64_t failed = 0; ///< of these, those of which no run ended well
    };
    std::map<model::Hour, Minutes> runs;
    std::vector<model::Hour> egress; ///< in which flows began; ascending, none twice
};

/// Those of the minutes of this hour that lie in observed time, as far as they are known to the minute.
std::uint64_t observed_minutes(const ObservedTime& observed, const model::TaskRuns& runs) {
    std::uint64_t seen = 0;
    for (unsigned minute = 0; minute < 60; ++minute) {
        const auto began = model::Timestamp(runs.hour) + minutes(minute);
        const auto bit = std::uint64_t{1} << minute;
        if ((runs.minutes & bit) != 0 && observed.within(began, began + minutes(1)).count() > 0) {
            seen |= bit;
        }
    }
    return seen;
}

std::map<model::TaskId, Activity> activities_of(const model::Record& record, const ObservedTime& observed) {
    std::map<model::TaskId, Activity> activities;
    std::vector<Activity*> by_id(record.identities.tasks(), nullptr);
    for (const auto& schedule : record.schedules) {
        if (const auto id = record.identities.find(schedule.task)) {
            by_id[static_cast<std::size_t>(*id)] = &activities[*id];
        }
    }
    for (const auto& runs : record.runs) {
        auto* activity = by_id[static_cast<std::size_t>(runs.task)];
        if (const auto seen = observed_minutes(observed, runs); activity != nullptr && seen != 0) {
            auto& here = activity->runs[runs.hour];
            here.ran |= seen;
            here.failed |= seen & runs.only_failed();
        }
    }
    for (const auto& flow : record.flows) {
        if (auto* activity = by_id[static_cast<std::size_t>(flow.key.task)]) {
            std::ranges::transform(flow.hours, std::back_inserter(activity->egress), &model::HourCount::hour);
        }
    }
    for (auto& [id, activity] : activities) {
        auto& egress = activity.egress;
        std::sort(egress.begin(), egress.end());
        egress.erase(std::unique(egress.begin(), egress.end()), egress.end());
    }
    return activities;
}

/// Without what was done under its name when another command stood there: of flows the hour is known, and
/// that in which it changed is nobody's.
Activity since_it_is_there(const Activity& activity, const model::Schedule& schedule) {
    if (!schedule.since) {
        return activity;
    }
    const auto changed = model::hour_of(*schedule.since);
    Activity own;
    for (const auto& [hour, bits] : activity.runs) {
        const auto minute = std::chrono::floor<minutes>(*schedule.since - model::Timestamp(changed)).count();
        const auto mask = hour < changed   ? std::uint64_t{0}
                          : hour > changed ? ~std::uint64_t{0}
                                           : ~std::uint64_t{0} << static_cast<unsigned>(minute + 1);
        if ((bits.ran & mask) != 0) {
            own.runs[hour] = {bits.ran & mask, bits.failed & mask};
        }
    }
    std::copy_if(activity.egress.begin(), activity.egress.end(), std::back_inserter(own.egress),
                 [changed](auto hour) { return hour > changed; });
    return own;
}

void count(const Activity& activity, LedgerEntry& entry) {
    for (const auto& [hour, bits] : activity.runs) {
        const auto runs = static_cast<std::uint64_t>(std::popcount(bits.ran));
        const auto sent = std::lower_bound(activity.egress.begin(), activity.egress.end(), hour);
        entry.runs_seen += runs;
        entry.failed_seen += static_cast<std::uint64_t>(std::popcount(bits.failed));
        entry.egress_seen += sent != activity.egress.end() && *sent <= hour + hours(1) ? runs : 0;
        const auto last = model::Timestamp(hour) + minutes(std::bit_width(bits.ran) - 1);
        entry.last_run = std::max(entry.last_run.value_or(last), last);
    }
    // Flows of a run that nobody told of: a long run's flows go on, so that hours in a row are one.
    std::optional<model::Hour> before;
    for (const auto hour : activity.egress) {
        const bool told = activity.runs.contains(hour) || activity.runs.contains(hour - hours(1));
        const bool goes_on = before && *before + hours(1) == hour && entry.schedule.period > hours(1);
        if (!told && !goes_on) {
            ++entry.runs_seen;
            ++entry.egress_seen;
            entry.last_run =
                std::max(entry.last_run.value_or(model::Timestamp(hour)), model::Timestamp(hour));
        }
        before = hour;
    }
}

/// Whether its time came while the record was made. The period is the longest there is, so the run before the
/// next one was at most that long before it.
bool was_due(const model::Schedule& schedule, const ObservedTime& watched) {
    if (watched.empty()) {
        return false;
    }
    const auto begun = watched.stretches().front().from;
    const auto end = watched.stretches().back().to;
    const bool ran = schedule.last_run && *schedule.last_run >= begun;
    const bool is_over = schedule.next_run && *schedule.next_run + schedule.delay <= end;
    const bool came_round =
        schedule.period && (schedule.next_run ? *schedule.next_run - *schedule.period >= begun
                                              : end - *schedule.period >= begun);
    return ran || is_over || came_round;
}

LedgerState state_of(const LedgerEntry& entry, const ObservedTime& watched) {
    const auto& schedule = entry.schedule;
    if (entry.runs_seen > 0 && entry.failed_seen == entry.runs_seen) {
        return schedule.state == model::ScheduleState::disabled ? LedgerState::disabled : LedgerState::failed;
    }
    if (entry.runs_seen > 0) {
        return entry.egress_seen > 0 ? LedgerState::with_egress : LedgerState::without_egress;
    }
    if (schedule.state == model::ScheduleState::at_boot) {
        return LedgerState::at_boot;
    }
    if (schedule.state == model::ScheduleState::disabled) {
        return LedgerState::disabled;
    }
    return was_due(schedule, watched) ? LedgerState::not_seen : LedgerState::not_due;
}

} // namespace

std::vector<LedgerEntry> ledger(const model::Record& record) {
    const auto activities = activities_of(record, ObservedTime::sound(record));
    const auto watched = ObservedTime::watched(record);
    std::vector<LedgerEntry> entries;
    entries.reserve(record.schedules.size());
    for (const auto& schedule : record.schedules) {
        LedgerEntry entry;
        entry.schedule = schedule;
        entry.last_run = schedule.last_run;
        // Of at(1) the job that is there still waits, and those of its user that ran have its name.
        const bool waits = schedule.kind == model::ScheduleKind::at;
        if (const auto id = record.identities.find(schedule.task); id && !waits) {
            count(since_it_is_there(activities.at(*id), schedule), entry);
        }
        entry.state = state_of(entry, watched);
        entries.push_back(std::move(entry));
    }
    return entries;
}

std::string name_of(const model::Schedule& schedule) {
    return fmt::format("{} {}", model::to_word(schedule.task.kind), model::for_terminal(schedule.task.name));
}

std::string open_words(const LedgerEntry& entry) {
    const auto& schedule = entry.schedule;
    const auto next = schedule.next_run ? " on " + model::to_rfc3339(*schedule.next_run) : std::string();
    const auto command =
        schedule.command.empty() ? std::string() : " (" + model::for_terminal(schedule.command) + ")";
    const auto again = next.empty() ? next : "; it is due again" + next;
    if (entry.state == LedgerState::failed) {
        return fmt::format("{} failed {}, so that what it sends when it works was not seen{}{}",
                           name_of(schedule),
                           entry.runs_seen == 1 ? "the one time that it ran"
                                                : fmt::format("all {} times that it ran", entry.runs_seen),
                           again, command);
    }
    return entry.state == LedgerState::not_due
               ? fmt::format("{} has not run yet: {}{}{}", name_of(schedule),
                             schedule.period || schedule.next_run ? "it is due"
                                                                  : "nothing says when it is due",
                             next, command)
               : fmt::format("{} was due and not seen to run{}{}", name_of(schedule), again, command);
}

} // namespace fwlearn::analyzer
