#include "firewall/name_sets.hpp"

#include "nftables.hpp"
#include "whitelist_sets.hpp"

#include <model/host_name.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace fwlearn::firewall {
namespace {

/// Our own sets begin so; a name that was not printed by suggest is nobody's.
bool is_of_name(const WhitelistSet& set) {
    return set.name.starts_with("n_") && model::host_name(set.comment) == set.comment &&
           (set.type == KeyType::ipv4_addr || set.type == KeyType::ipv6_addr) && set.timeout.count() > 0;
}

NameSet name_set_of(const WhitelistSet& set) {
    NameSet result;
    result.set = set.name;
    result.name = set.comment;
    result.family = set.type == KeyType::ipv4_addr ? model::Family::ipv4 : model::Family::ipv6;
    result.timeout = std::chrono::floor<std::chrono::seconds>(set.timeout);
    std::map<model::Address, std::chrono::seconds> elements;
    for (const auto& [key, expires] : set.elements) {
        const auto address = model::Address::from_octets(key);
        if (address && address->family() == result.family) {
            elements[*address] =
                expires ? std::chrono::floor<std::chrono::seconds>(*expires) : result.timeout;
        }
    }
    for (const auto& [address, left] : elements) {
        result.elements.push_back(address);
        result.left.push_back(left);
    }
    return result;
}

} // namespace

std::vector<NameSet> read_name_sets(const std::function<bool(const std::string&)>& wanted) {
    std::vector<NameSet> sets;
    for (const auto& set : read_whitelist_sets(
             [&wanted](const WhitelistSet& set) { return is_of_name(set) && wanted(set.comment); })) {
        sets.push_back(name_set_of(set));
    }
    std::sort(sets.begin(), sets.end(),
              [](const auto& one, const auto& other) { return one.set < other.set; });
    return sets;
}

void fill(const std::vector<Filling>& fillings) {
    std::string commands;
    for (const auto& [set, addresses] : fillings) {
        std::set<model::Address> wanted;
        for (const auto& address : addresses) {
            if (address.family() == set.family) {
                wanted.insert(address);
            }
        }
        // The timeout of an element that is there cannot be set anew: it goes and comes back in the same
        // transaction, which no packet sees the middle of.
        std::string known;
        std::string all;
        for (const auto& address : wanted) {
            if (std::binary_search(set.elements.begin(), set.elements.end(), address)) {
                known += (known.empty() ? "" : ", ") + address.to_string();
            }
            all += (all.empty() ? "" : ", ") + address.to_string();
        }
        if (!known.empty()) {
            commands += fmt::format("delete element {} {} {{ {} }}\n", whitelist_table, set.set, known);
        }
        if (!all.empty()) {
            commands += fmt::format("add element {} {} {{ {} }}\n", whitelist_table, set.set, all);
        }
    }
    if (!commands.empty()) {
        Nftables().run(commands, "cannot fill the sets of the whitelist");
    }
}

void carry_over(const std::vector<NameSet>& before) {
    std::string commands;
    for (const auto& set : read_name_sets()) {
        std::map<model::Address, std::chrono::seconds> missing;
        for (const auto& other : before) {
            for (std::size_t i = 0;
                 other.name == set.name && other.family == set.family && i < other.elements.size(); ++i) {
                if (!std::binary_search(set.elements.begin(), set.elements.end(), other.elements[i])) {
                    auto& left = missing[other.elements[i]];
                    left = std::max(left, other.left[i]);
                }
            }
        }
        for (const auto& [address, left] : missing) {
            if (left > std::chrono::seconds(0)) {
                commands += fmt::format("add element {} {} {{ {} expires {}s }}\n", whitelist_table, set.set,
                                        address.to_string(), std::min(left, set.timeout).count());
            }
        }
    }
    if (!commands.empty()) {
        Nftables().run(commands, "cannot carry over what names stood for");
    }
}

} // namespace fwlearn::firewall
