#include "last_runs.hpp"

#include <algorithm>
#include <map>

namespace fwlearn::collector::host {
namespace {

using Key = std::pair<model::ScheduleKind, model::Task>;

Key key_of(const model::Schedule& schedule) {
    return {schedule.kind, schedule.task};
}

} // namespace

std::vector<TaskRun> runs_between(const LedgerReading& before, const LedgerReading& after) {
    std::map<Key, std::optional<model::Timestamp>> known;
    for (const auto& schedule : before.schedules) {
        known[key_of(schedule)] = schedule.last_run;
    }
    std::map<model::Task, model::Timestamp> runs;
    for (const auto& schedule : after.schedules) {
        if (!schedule.last_run || *schedule.last_run > after.time) {
            continue;
        }
        const auto last = *schedule.last_run;
        const auto found = known.find(key_of(schedule));
        // One that was not there before may bring an old stamp along; no stamp at all is older than any.
        const bool ran = found == known.end() ? last > before.time : !found->second || *found->second < last;
        if (ran) {
            auto& run = runs.try_emplace(schedule.task, last).first->second;
            run = std::max(run, last > before.time ? last : after.time);
        }
    }
    std::vector<TaskRun> result;
    result.reserve(runs.size());
    for (const auto& [task, time] : runs) {
        result.push_back({task, time});
    }
    return result;
}

} // namespace fwlearn::collector::host
