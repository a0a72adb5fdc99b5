#include "analyzer/unseen_mass.hpp"

#include "clocks.hpp"
#include "incidences.hpp"
#include "weighted_count.hpp"

#include <algorithm>
#include <array>

namespace fwlearn::analyzer {
namespace {

using Days = std::chrono::duration<double, std::chrono::days::period>;

constexpr std::size_t fewest_days = 7;
constexpr std::size_t fewest_incidences = 20;
constexpr auto half_a_day = std::chrono::hours(12);

/// Which destinations of a task were reached on the same days: they come together and are one event.
std::map<DaySet, std::size_t> bundles(const TaskDays& task) {
    std::map<DaySet, std::size_t> result;
    for (const auto& days : task.items) {
        ++result[days];
    }
    return result;
}

std::size_t incidences_of(const TaskDays& task) {
    std::size_t result = 0;
    for (const auto& days : task.items) {
        result += days.size();
    }
    return result;
}

/// How many destinations a task's day has.
double width_of(const TaskDays& task) {
    return static_cast<double>(incidences_of(task)) / static_cast<double>(task.days.size());
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
        for (const auto& days : task.items) {
            const bool in_first = days.contains(first);
            const bool in_second = days.contains(second);
            all += static_cast<double>(in_first) + static_cast<double>(in_second);
            in_one += in_first != in_second ? 1 : 0;
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

std::string why_not(const UnseenMass& mass, std::span<const std::chrono::sys_days> dates) {
    if (mass.days < fewest_days) {
        return "only " + std::to_string(mass.days) + " days were observed for at least half of the day; " +
               std::to_string(fewest_days) + " are needed";
    }
    const auto span = static_cast<std::size_t>((dates.back() - dates.front()).count()) + 1;
    if (mass.days * 2 < span) {
        return "of " + std::to_string(span) + " days only " + std::to_string(mass.days) +
               " were observed for at least half of the day";
    }
    constexpr std::array<const char*, 7> names{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                               "Thursday", "Friday", "Saturday"};
    for (unsigned weekday = 0; weekday < names.size(); ++weekday) {
        if (std::none_of(dates.begin(), dates.end(), [weekday](auto date) {
                return std::chrono::weekday(date) == std::chrono::weekday(weekday);
            })) {
            return std::string("no ") + names.at(weekday) +
                   " was observed for at least half of the day, and what runs once a week may run then";
        }
    }
    if (mass.incidences < fewest_incidences) {
        return "hardly anything was seen: " + std::to_string(mass.incidences) +
               " contacts, each counted once a day; " + std::to_string(fewest_incidences) + " are needed";
    }
    if (mass.singletons == mass.incidences) {
        return "nothing was seen on more than one day, so nothing says what comes again";
    }
    return {};
}

} // namespace

UnseenMass unseen_mass(const model::Record& record, std::span<const ObservedDay> days) {
    UnseenMass result;
    std::vector<std::chrono::sys_days> dates;
    for (const auto& day : days) {
        if (day.observed >= half_a_day) {
            dates.push_back(day.date);
            result.observed += std::min(1.0, Days(day.observed).count());
        }
    }
    result.days = dates.size();

    const auto tasks = incidences(record, dates);
    const auto known_clocks = clocks(record);
    const double second_run = new_in_second_run(tasks, known_clocks);
    WeightedCount random;                    // what came on one day alone, of its own accord
    std::vector<double> by_day(result.days); // the same, of each day
    WeightedCount spread;                    // how much what is unseen varies, by what came on two days
    WeightedCount by_clock;                  // what came in the only run of a task that a clock runs
    double twice = 0;                        // the random ones of two days
    WeightedCount ordinary_sizes;            // of all bundles
    for (const auto& [id, task] : tasks) {
        result.items += task.items.size();
        result.incidences += incidences_of(task);
        const auto clock = known_clocks.of_tasks.find(id);
        const bool timed = clock != known_clocks.of_tasks.end();
        for (const auto& [on, size] : bundles(task)) {
            const auto weight = static_cast<double>(size);
            ordinary_sizes.add(weight);
            result.singletons += on.size() == 1 ? size : 0;
            result.doubletons += on.size() == 2 ? size : 0;
            if (timed && task.days.size() == 1) {
                // That it ran on one day is the clock's doing. What its next run, once a period, may bring
                // that this one did not, is as much as other tasks' second runs brought.
                by_clock.add(weight * std::min(1.0, second_run * result.observed / clock->second.period));
            } else if (on.size() == 1) {
                random.add(weight);
                by_day[*on.begin()] += weight;
            } else if (on.size() == 2 &&
                       !(timed && task.days.size() == 2 && clock->second.period <= result.observed)) {
                // It might as well not have been seen. Not so what came in both runs of a task that was due.
                spread.variance += 2 * weight * weight;
                twice += weight;
            }
        }
    }
    const auto periods_to_come = periods_of_those_to_come(tasks, known_clocks, result.observed);
    result.schedules_to_come = periods_to_come.size();
    result.cannot_tell = why_not(result, dates);
    if (!result.cannot_tell.empty()) {
        return result;
    }

    const auto n = static_cast<double>(result.days);
    random.variance = std::max(random.variance, variance_of_sum(by_day));
    WeightedCount clocked = by_clock;
    clocked += to_come(periods_to_come, tasks, known_clocks, result.observed);
    // An event is a bundle of the size in which a destination finds itself: where there are no singletons,
    // three of what is ordinary.
    const auto& sizes = random.sum > 0 ? random : ordinary_sizes;
    const double unit = sizes.variance / sizes.sum;
    WeightedCount all = random;
    all += spread;
    all += clocked;
    // Partly observed days find fewer singletons, and hardly fewer of what comes all the time.
    const double per_day = n / result.observed / static_cast<double>(result.incidences);
    // Of n days n - 1 are left to have seen what came on one (Chao, Jost 2012, equation 4a).
    const double days_left = (n - 1) * random.sum;
    const double finite = days_left > 0 ? days_left / (days_left + 2 * twice) : 1;
    result.estimate = std::min(1.0, (random.sum * finite + clocked.sum) * per_day);
    result.upper95 = std::clamp(upper95(all, unit) * per_day, *result.estimate, 1.0);

    const auto once = static_cast<double>(result.singletons);
    result.items_unseen =
        (n - 1) / n * once * (once - 1) / (2 * (static_cast<double>(result.doubletons) + 1));
    result.items_in_all = static_cast<double>(result.items) + *result.items_unseen;
    return result;
}

} // namespace fwlearn::analyzer
