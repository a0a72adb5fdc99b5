#include "beat.hpp"

#include <algorithm>
#include <vector>

namespace fwlearn::analyzer {
namespace {

using model::HourCount;
using Count = std::uint64_t;

/// So many of `values` are within `tolerance` of the middle one that the others may be accidents.
bool are_alike(std::vector<Count> values, Count tolerance) {
    std::sort(values.begin(), values.end());
    const auto middle = values[values.size() / 2];
    const auto alike = std::count_if(values.begin(), values.end(), [&](Count value) {
        return (value > middle ? value - middle : middle - value) <= tolerance;
    });
    return static_cast<Count>(alike) * 10 >= values.size() * 9;
}

/// Of hours that had an hour with flows before and after them: the beginning and the end may have missed
/// some.
std::vector<Count> full_hours(std::span<const HourCount> hours) {
    std::vector<Count> counts;
    for (std::size_t i = 1; i + 1 < hours.size(); ++i) {
        if (hours[i].hour - hours[i - 1].hour == std::chrono::hours(1) &&
            hours[i + 1].hour - hours[i].hour == std::chrono::hours(1)) {
            counts.push_back(hours[i].count);
        }
    }
    return counts;
}

bool is_steady(std::span<const HourCount> hours) {
    constexpr std::size_t fewest = 3;
    constexpr std::size_t fewest_of_few = 6;
    constexpr Count few = 4; // by chance, 1 and 2 an hour follow each other often enough
    const auto counts = full_hours(hours);
    if (counts.size() < fewest) {
        return false;
    }
    const auto most = *std::max_element(counts.begin(), counts.end());
    if (most < few && counts.size() < fewest_of_few) {
        return are_alike(counts, 0);
    }
    return are_alike(counts, std::max<Count>(1, most / 50));
}

bool are_apart_alike(std::span<const HourCount> hours) {
    constexpr Count long_enough = 6; // hours, beside which a drift across the hour's end is small
    if (hours.size() < fewest_hours ||
        std::any_of(hours.begin(), hours.end(), [](const HourCount& one) { return one.count != 1; })) {
        return false;
    }
    std::vector<Count> distances;
    for (std::size_t i = 1; i < hours.size(); ++i) {
        distances.push_back(static_cast<Count>((hours[i].hour - hours[i - 1].hour).count()));
    }
    const auto longest = *std::max_element(distances.begin(), distances.end());
    return are_alike(distances, longest >= long_enough ? 1 : 0);
}

} // namespace

bool has_fixed_period(std::span<const HourCount> hours) {
    return is_steady(hours) || are_apart_alike(hours);
}

} // namespace fwlearn::analyzer
