#include "discovery.hpp"

#include <algorithm>
#include <map>

namespace fwlearn::analyzer {

std::vector<DiscoveryDay> discovery(const Incidences& tasks, const model::Identities& identities,
                                    std::span<const ObservedDay> days) {
    std::vector<DiscoveryDay> curve;
    for (const auto& day : days) {
        curve.push_back({day.date, day.observed, 0, {}});
    }
    for (const auto& [task, reached] : tasks) {
        std::map<std::size_t, std::uint64_t> firsts; // by day
        for (const auto& [on, count] : reached.bundles) {
            firsts[on.front()] += count;
        }
        for (const auto& [day, count] : firsts) {
            curve[day].new_destinations += count;
            curve[day].by_task.emplace_back(identities.task(task), count);
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
