#include "discovery.hpp"

#include "incidences.hpp"

#include <algorithm>
#include <map>

namespace fwlearn::analyzer {

std::vector<DiscoveryDay> discovery(const model::Record& record, std::span<const ObservedDay> days) {
    std::vector<DiscoveryDay> curve;
    std::vector<std::chrono::sys_days> dates;
    for (const auto& day : days) {
        curve.push_back({day.date, day.observed, 0, {}});
        dates.push_back(day.date);
    }
    for (const auto& [task, reached] : incidences(record, dates)) {
        std::map<std::size_t, std::uint64_t> firsts; // by day
        for (const auto& item : reached.items) {
            ++firsts[item.front()];
        }
        for (const auto& [day, count] : firsts) {
            curve[day].new_destinations += count;
            curve[day].by_task.emplace_back(record.identities.task(task), count);
        }
    }
    for (auto& day : curve) {
        std::sort(day.by_task.begin(), day.by_task.end(), [](const auto& one, const auto& other) {
            return one.second != other.second ? one.second > other.second : one.first < other.first;
        });
    }
    return curve;
}

} // namespace fwlearn::analyzer
