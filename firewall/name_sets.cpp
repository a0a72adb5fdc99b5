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

using Json = nlohmann::json;

/// Our own sets begin so; a name that was not printed by suggest is nobody's.
std::optional<NameSet> name_set_of(const Json& set) {
    NameSet result;
    result.set = text_of(set, "name");
    result.name = text_of(set, "comment");
    const auto type = text_of(set, "type");
    if (!result.set.starts_with("n_") || model::host_name(result.name) != result.name ||
        (type != "ipv4_addr" && type != "ipv6_addr") || !set.contains("timeout") ||
        !set["timeout"].is_number_unsigned()) {
        return std::nullopt;
    }
    result.family = type == "ipv4_addr" ? model::Family::ipv4 : model::Family::ipv6;
    result.timeout = std::chrono::seconds(set["timeout"].get<std::uint32_t>());
    std::map<model::Address, std::chrono::seconds> elements;
    for (const auto& [value, expires] : elements_of(set)) {
        if (const auto address = model::Address::parse(value)) {
            elements[*address] = expires ? std::chrono::seconds(*expires) : result.timeout;
        }
    }
    for (const auto& [address, left] : elements) {
        result.elements.push_back(address);
        result.left.push_back(left);
    }
    return result;
}

} // namespace

std::set<std::string> names_with_sets() {
    std::set<std::string> names;
    read_whitelist_sets([&names](const Json& object) {
        if (const auto set = name_set_of(object)) {
            names.insert(set->name);
        }
        return false;
    });
    return names;
}

std::vector<NameSet> read_name_sets(const std::function<bool(const std::string&)>& wanted) {
    std::vector<NameSet> sets;
    const auto is_wanted = [&wanted](const Json& object) {
        const auto set = name_set_of(object);
        return set && wanted(set->name);
    };
    for (const auto& object : read_whitelist_sets(is_wanted)) {
        if (auto set = name_set_of(object)) {
            sets.push_back(std::move(*set));
        }
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
