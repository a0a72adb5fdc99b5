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
    for (const auto& [task, clock] : by_task) {
        if (const auto id = record.identities.find(task)) {
            result.of_tasks.emplace(*id, clock);
        } else {
            result.of_nobody.push_back(clock);
        }
    }
    return result;
}

} // namespace fwlearn::analyzer
