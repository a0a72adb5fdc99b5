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
    std::vector<std::pair<std::uint16_t, model::Address>> by_detail;
    std::vector<std::pair<model::Address, std::uint16_t>> by_address;
    by_detail.reserve(pairs.size());
    by_address.reserve(pairs.size());
    for (const auto& pair : pairs) {
        by_detail.emplace_back(pair.detail, pair.address);
        by_address.emplace_back(pair.address, pair.detail);
    }
    std::sort(by_address.begin(), by_address.end());
    auto details_together = keys_by_values<std::uint16_t, model::Address>(by_detail);
    auto addresses_together = keys_by_values<model::Address, std::uint16_t>(by_address);

    Grouped grouped;
    grouped.of_pair.reserve(pairs.size());
    if (details_together.size() <= addresses_together.size()) {
        std::map<std::uint16_t, std::size_t> rectangle_of;
        for (auto& [addresses, details] : details_together) {
            for (const auto detail : details) {
                rectangle_of[detail] = grouped.rectangles.size();
            }
            grouped.rectangles.push_back({addresses, details});
        }
        for (const auto& pair : pairs) {
            grouped.of_pair.push_back(rectangle_of.at(pair.detail));
        }
    } else {
        std::map<model::Address, std::size_t> rectangle_of;
        for (auto& [details, addresses] : addresses_together) {
            for (const auto& address : addresses) {
                rectangle_of[address] = grouped.rectangles.size();
            }
            grouped.rectangles.push_back({addresses, details});
        }
        for (const auto& pair : pairs) {
            grouped.of_pair.push_back(rectangle_of.at(pair.address));
        }
    }
    return grouped;
}

} // namespace fwlearn::analyzer
