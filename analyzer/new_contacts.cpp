#include "new_contacts.hpp"

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

/// How many destinations a task's day has.
double width_of(const TaskDays& task) {
    std::size_t incidences = 0;
    for (const auto& [on, count] : task.bundles) {
        incidences += count * on.size();
    }
    return static_cast<double>(incidences) / static_cast<double>(task.days.size());
}

using Tasks = std::map<model::TaskId, TaskDays>;

/// After one run of a task, which share of what the next one does is new: from the first two runs of every
/// task by the clock. One is added, so that few tasks do not say that nothing is ever new.
double new_in_second_run(const Tasks& tasks, const Clocks& clocks) {
    double all = 1;
    double in_one = 1;
    for (const auto& [id, task] : tasks) {
        if (!clocks.of_tasks.contains(id) || task.days.size() < 2) {
            continue;
        }
        const auto first = *task.days.begin();
        const auto second = *std::next(task.days.begin());
        for (const auto& [on, count] : task.bundles) {
            const bool in_first = std::binary_search(on.begin(), on.end(), first);
            const bool in_second = std::binary_search(on.begin(), on.end(), second);
            const auto size = static_cast<double>(count);
            all += (in_first ? size : 0) + (in_second ? size : 0);
            in_one += in_first != in_second ? size : 0;
        }
    }
    return std::min(1.0, in_one / all);
}

/// One that was due and reached nothing has nothing to reach, as far as can be told.
std::vector<double> periods_of_those_to_come(const Tasks& tasks, const Clocks& clocks, double observed) {
    std::vector<double> result;
    const auto consider = [&](const Clock& clock) {
        if (clock.latest > observed) {
            result.push_back(clock.period);
        }
    };
    for (const auto& [id, clock] : clocks.of_tasks) {
        if (!tasks.contains(id)) {
            consider(clock);
        }
    }
    std::for_each(clocks.of_nobody.begin(), clocks.of_nobody.end(), consider);
    return result;
}

/// What a schedule that has not run brings when it runs, by what those bring that did.
WeightedCount to_come(const std::vector<double>& periods, const Tasks& tasks, const Clocks& clocks,
                      double observed) {
    std::vector<double> widths;
    std::vector<double> all_widths;
    for (const auto& [id, task] : tasks) {
        all_widths.push_back(width_of(task));
        if (clocks.of_tasks.contains(id)) {
            widths.push_back(all_widths.back());
        }
    }
    if (widths.empty()) {
        widths = all_widths;
    }
    double mean = 0;
    double mean_square = 0;
    for (const auto width : widths) {
        mean += width / static_cast<double>(widths.size());
        mean_square += width * width / static_cast<double>(widths.size());
    }
    double runs = 0;
    double runs_squared = 0;
    for (const auto period : periods) {
        runs += observed / period;
        runs_squared += observed / period * (observed / period);
    }
    // The second term is the error of the mean itself, which all of them share.
    return {runs * mean, mean_square * (runs_squared + runs * runs / static_cast<double>(widths.size()))};
}

/// Of independent days, by how much they differ. It is larger than the bundles' where one event sends several
/// tasks somewhere new on the same day.
double variance_of_sum(const std::vector<double>& days) {
    const auto count = static_cast<double>(days.size());
    double sum = 0;
    double squares = 0;
    for (const auto day : days) {
        sum += day;
        squares += day * day;
    }
    return (squares - sum * sum / count) * count / (count - 1);
}

/// Every run may bring what the one that was seen did not, if seldom: so many events of this size.
void add_seldom(WeightedCount& count, double size, double events) {
    count.sum += size * events;
    count.variance += size * size * events;
}

} // namespace

NewContacts new_contacts(const Tasks& tasks, const Clocks& clocks, std::size_t days, double observed) {
    NewContacts result;
    const double second_run = new_in_second_run(tasks, clocks);
    std::vector<double> random_by_day(days);
    WeightedCount all_sizes;
    for (const auto& [id, task] : tasks) {
        const auto found = clocks.of_tasks.find(id);
        const auto* clock = found != clocks.of_tasks.end() ? &found->second : nullptr;
        for (const auto& [on, count] : task.bundles) {
            const auto size = static_cast<double>(count);
            all_sizes.add(size);
            if (clock != nullptr && task.days.size() == 1) {
                // That it ran on one day is the clock's doing. What its next run, once a period, may bring
                // that this one did not, is as much as other tasks' second runs brought.
                add_seldom(result.by_clock, size, std::min(1.0, second_run * observed / clock->period));
            } else if (on.size() == 1) {
                result.random.add(size);
                random_by_day[*on.begin()] += size;
            } else if (on.size() == 2 &&
                       !(clock != nullptr && task.days.size() == 2 && clock->period <= observed)) {
                // It might as well not have been seen. Not so what came in both runs of a task that was due.
                result.spread += 2 * size * size;
                result.twice += size;
            }
        }
    }
    result.random.variance = std::max(result.random.variance, variance_of_sum(random_by_day));
    const auto& sizes = result.random.sum > 0 ? result.random : all_sizes;
    result.event = sizes.sum > 0 ? sizes.variance / sizes.sum : 1;
    const auto periods = periods_of_those_to_come(tasks, clocks, observed);
    result.schedules_to_come = periods.size();
    result.by_clock += to_come(periods, tasks, clocks, observed);
    return result;
}

} // namespace fwlearn::analyzer
