#include "new_contacts.hpp"
#include "unseen_contacts.hpp"

#include <model/counted.hpp>

#include <algorithm>
#include <array>

namespace fwlearn::analyzer {
namespace {

using Days = std::chrono::duration<double, std::chrono::days::period>;

constexpr std::size_t fewest_days = 7;
constexpr std::size_t fewest_incidences = 20;
constexpr auto half_a_day = std::chrono::hours(12);

std::string why_not(const UnseenMass& mass, std::span<const std::chrono::sys_days> dates) {
    if (mass.days < fewest_days) {
        return "only " + model::counted(mass.days, "day was", "days were") +
               " observed for at least half of the day; " + std::to_string(fewest_days) + " are needed";
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

std::size_t incidences_of(const TaskDays& task) {
    std::size_t sum = 0;
    for (const auto& [on, count] : task.bundles) {
        sum += count * on.size();
    }
    return sum;
}

struct Estimate {
    NewContacts contacts;
    double estimate = 0;
    double upper95 = 0;
};

/// `of`: for the days alone.
Estimate estimate_of(const Incidences& tasks, const Clocks& clocks, const UnseenMass& of) {
    std::size_t incidences = 0;
    for (const auto& [id, task] : tasks) {
        incidences += incidences_of(task);
    }
    Estimate result{new_contacts(tasks, clocks, of.days, of.observed)};
    const auto& contacts = result.contacts;
    const auto n = static_cast<double>(of.days);
    // Partly observed days find fewer singletons, and hardly fewer of what comes all the time.
    const double share = n / of.observed / static_cast<double>(incidences);
    // Of n days n - 1 are left to have seen what came on one (Chao, Jost 2012, equation 4a).
    const double once = contacts.random.sum;
    const double finite = once > 0 ? (n - 1) * once / ((n - 1) * once + 2 * contacts.twice) : 1;
    result.estimate = std::min(1.0, (once * finite + contacts.by_clock.sum) * share);
    WeightedCount all{0, contacts.spread};
    all += contacts.random;
    all += contacts.by_clock;
    result.upper95 = std::clamp(upper95(all, contacts.event) * share, result.estimate, 1.0);
    return result;
}

/// One task that makes more contacts than all others together, and always the same, would make a small share
/// of whatever the others bring; and one unprivileged service can make any number.
void heed_the_others(Incidences tasks, Clocks clocks, UnseenMass& result) {
    std::size_t left = result.incidences;
    std::vector<model::TaskId> without;
    while (tasks.size() > 1) {
        const auto most =
            std::max_element(tasks.begin(), tasks.end(), [](const auto& one, const auto& other) {
                return incidences_of(one.second) < incidences_of(other.second);
            });
        const auto its = incidences_of(most->second);
        left -= its;
        if (its <= left || left < fewest_incidences) {
            return;
        }
        without.push_back(most->first);
        clocks.of_tasks.erase(most->first);
        tasks.erase(most);
        const auto rest = estimate_of(tasks, clocks, result);
        if (rest.upper95 > *result.upper95) {
            result.estimate = rest.estimate;
            result.upper95 = rest.upper95;
            result.without = without;
        }
    }
}

} // namespace

UnseenMass unseen_mass(const model::Record& record, std::span<const ObservedDay> days) {
    return unseen_mass(record, days, incidences(record, days));
}

UnseenMass unseen_mass(const model::Record& record, std::span<const ObservedDay> days, Incidences tasks) {
    UnseenMass result;
    std::vector<std::chrono::sys_days> dates;
    std::vector<std::optional<std::size_t>> numbers(days.size());
    for (std::size_t index = 0; index < days.size(); ++index) {
        const auto& day = days[index];
        if (day.observed >= half_a_day) {
            numbers[index] = dates.size();
            dates.push_back(day.date);
            result.observed += std::min(1.0, Days(day.observed).count());
        }
    }
    result.days = dates.size();

    keep_days(tasks, numbers);
    for (const auto& [id, task] : tasks) {
        for (const auto& [on, count] : task.bundles) {
            result.items += count;
            result.incidences += count * on.size();
            result.singletons += on.size() == 1 ? count : 0;
            result.doubletons += on.size() == 2 ? count : 0;
        }
    }
    result.cannot_tell = why_not(result, dates);
    if (!result.cannot_tell.empty()) {
        return result;
    }

    const auto n = static_cast<double>(result.days);
    auto known = clocks(record);
    const auto whole = estimate_of(tasks, known, result);
    result.schedules_to_come = whole.contacts.schedules_to_come;
    result.estimate = whole.estimate;
    result.upper95 = whole.upper95;
    const double once = whole.contacts.random.sum;
    result.items_unseen = (n - 1) / n * once * std::max(0.0, once - 1) / (2 * (whole.contacts.twice + 1));
    result.items_in_all = static_cast<double>(result.items) + *result.items_unseen;
    heed_the_others(std::move(tasks), std::move(known), result);
    return result;
}

} // namespace fwlearn::analyzer
