#include "carried_names.hpp"

#include "name_share.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace fwlearn::cli {
namespace {

using Left = std::map<model::Address, std::chrono::seconds>;

bool is_of_same_name(const firewall::NameSet& one, const firewall::NameSet& other) {
    return one.name == other.name && one.family == other.family;
}

/// What `set` may take on of `before`, the longest time left of each address.
Left left_for(const firewall::NameSet& set, const std::vector<firewall::NameSet>& before, bool private_too) {
    const bool known = std::any_of(before.begin(), before.end(), [&set](const auto& other) {
        return other.set == set.set && is_of_same_name(other, set);
    });
    Left result;
    for (const auto& other : before) {
        if (!is_of_same_name(other, set) || (known && other.set != set.set)) {
            continue;
        }
        for (std::size_t index = 0; index < other.elements.size(); ++index) {
            const auto& address = other.elements[index];
            if (why_left_out(address, private_too) == nullptr &&
                !std::binary_search(set.elements.begin(), set.elements.end(), address)) {
                auto& left = result[address];
                left = std::max(left, other.left[index]);
            }
        }
    }
    return result;
}

} // namespace

std::vector<firewall::Carried> carried_names(const std::vector<firewall::NameSet>& before,
                                             const std::vector<firewall::NameSet>& loaded) {
    std::set<std::string> with_private;
    for (const auto& set : loaded) {
        if (holds_private(set)) {
            with_private.insert(set.name);
        }
    }
    std::vector<firewall::Carried> result;
    for (const auto& set : loaded) {
        const auto left = left_for(set, before, with_private.contains(set.name));
        auto& carried = result.emplace_back(firewall::Carried{set, {left.begin(), left.end()}});
        std::stable_sort(carried.addresses.begin(), carried.addresses.end(),
                         [](const auto& one, const auto& other) { return one.second > other.second; });
        const auto room = most_in_a_set - std::min(most_in_a_set, set.elements.size());
        carried.addresses.resize(std::min(room, carried.addresses.size()));
    }
    return result;
}

} // namespace fwlearn::cli
