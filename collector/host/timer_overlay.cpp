#include "timer_overlay.hpp"

#include <algorithm>
#include <map>

namespace fwlearn::collector::host {
namespace {

using model::ScheduleState;

void lay_over(model::Schedule& schedule, const BusTimer& timer) {
    // One that is not active was stopped, or the host is still starting: what enables it will start it.
    if (timer.active) {
        // Of one that runs at boot alone none is to come once it has run, and its file says as much.
        schedule.next_run = timer.next_run;
        if (timer.next_run || (schedule.state == ScheduleState::disabled && schedule.period)) {
            schedule.state = ScheduleState::enabled;
        }
    } else if (timer.kept_off) {
        schedule.state = ScheduleState::disabled;
        schedule.next_run.reset();
    }
    // Files have it only where Persistent= is set, and systemd forgets the others' at boot.
    if (timer.last_run && (!schedule.last_run || *schedule.last_run < *timer.last_run)) {
        schedule.last_run = timer.last_run;
    }
}

model::Schedule only_known_to_systemd(const BusTimer& timer) {
    model::Schedule schedule;
    schedule.task = {model::TaskKind::timer, model::ForeignText(timer.name)};
    schedule.command = model::ForeignText(timer.unit);
    schedule.when = model::ForeignText(timer.when);
    schedule.delay = timer.delay;
    schedule.state = ScheduleState::disabled; // unless it says when it is next
    lay_over(schedule, timer);
    return schedule;
}

} // namespace

std::vector<model::Schedule> with_systemd(std::vector<model::Schedule> schedules,
                                          const std::vector<BusTimer>& timers) {
    std::map<model::ForeignText, const BusTimer*> unseen;
    for (const auto& timer : timers) {
        unseen.emplace(model::ForeignText(timer.name), &timer);
    }
    for (auto& schedule : schedules) {
        if (schedule.kind != model::ScheduleKind::timer) {
            continue;
        }
        // Of several timers of one unit all have the task of one; a file is each one's own, but of an
        // instance.
        const auto& path = schedule.file.raw_bytes();
        auto found = unseen.find(model::ForeignText(path.substr(path.rfind('/') + 1)));
        found = found == unseen.end() ? unseen.find(schedule.task.name) : found;
        if (found != unseen.end()) {
            lay_over(schedule, *found->second);
            unseen.erase(found);
        }
    }
    for (const auto& [name, timer] : unseen) {
        if (timer->active) {
            schedules.push_back(only_known_to_systemd(*timer));
        }
    }
    std::sort(schedules.begin(), schedules.end());
    return schedules;
}

} // namespace fwlearn::collector::host
