#include "group.hpp"

#include <algorithm>
#include <map>

namespace fwlearn::analyzer {
namespace {

/// Puts together the keys that have the same values. `pairs` ascending, as (key, value).
template <typename Key, typename Value>
std::map<std::vector<Value>, std::vector<Key>> keys_by_values(std::span<const std::pair<Key, Value>> pairs) {
    std::map<std::vector<Value>, std::vector<Key>> groups;
    for (std::size_t begin = 0; begin < pairs.size();) {
        std::vector<Value> values;
        std::size_t end = begin;
        for (; end < pairs.size() && pairs[end].first == pairs[begin].first; ++end) {
            if (values.empty() || values.back() != pairs[end].second) {
                values.push_back(pairs[end].second);
            }
        }
        groups[std::move(values)].push_back(pairs[begin].first);
        begin = end;
    }
    return groups;
}

} // namespace

Grouped group(std::span<const Pair> pairs) {
    std::vector<std::pair<std::uint16_t, Place>> by_detail;
    std::vector<std::pair<Place, std::uint16_t>> by_place;
    by_detail.reserve(pairs.size());
    by_place.reserve(pairs.size());
    for (const auto& pair : pairs) {
        by_detail.emplace_back(pair.detail, pair.place);
        by_place.emplace_back(pair.place, pair.detail);
    }
    std::sort(by_place.begin(), by_place.end());
    auto details_together = keys_by_values<std::uint16_t, Place>(by_detail);
    auto places_together = keys_by_values<Place, std::uint16_t>(by_place);

    Grouped grouped;
    grouped.of_pair.reserve(pairs.size());
    if (details_together.size() <= places_together.size()) {
        std::map<std::uint16_t, std::size_t> rectangle_of;
        for (auto& [places, details] : details_together) {
            for (const auto detail : details) {
                rectangle_of[detail] = grouped.rectangles.size();
            }
            grouped.rectangles.push_back({places, details});
        }
        for (const auto& pair : pairs) {
            grouped.of_pair.push_back(rectangle_of.at(pair.detail));
        }
    } else {
        std::map<Place, std::size_t> rectangle_of;
        for (auto& [details, places] : places_together) {
            for (const auto place : places) {
                rectangle_of[place] = grouped.rectangles.size();
            }
            grouped.rectangles.push_back({places, details});
        }
        for (const auto& pair : pairs) {
            grouped.of_pair.push_back(rectangle_of.at(pair.place));
        }
    }
    return grouped;
}

} // namespace fwlearn::analyzer
