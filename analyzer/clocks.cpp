#include "clocks.hpp"

namespace fwlearn::analyzer {
namespace {

using Days = std::chrono::duration<double, std::chrono::days::period>;

} // namespace

Clocks clocks(const model::Record& record) {
    std::map<model::Task, Clock> by_task;
    for (const auto& schedule : record.schedules) {
        if (schedule.state != model::ScheduleState::enabled || !schedule.period) {
            continue;
        }
        const Clock clock{Days(*schedule.period).count(), Days(*schedule.period + schedule.delay).count()};
        const auto [found, is_new] = by_task.emplace(schedule.task, clock);
        if (!is_new && clock.period < found->second.period) {
            found->second = clock;
        }
    }
    std::erase_if(by_task, [](const auto& entry) { return entry.second.period < 1; });
    Clocks result;
    for (std::size_t index = 0; index < record.identities.tasks(); ++index) {
        const auto id = static_cast<model::TaskId>(index);
        const auto found = by_task.find(record.identities.task(id));
        if (found != by_task.end()) {
            result.of_tasks.emplace(id, found->second);
            by_task.erase(found);
        }
    }
    for (const auto& [task, clock] : by_task) {
        result.of_nobody.push_back(clock);
    }
    return result;
}

} // namespace fwlearn::analyzer
