#include "widen.hpp"

#include "wildcards.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace fwlearn::analyzer {
namespace {

constexpr std::size_t least_seen = 4;
constexpr unsigned widest_ipv4 = 24;
constexpr unsigned widest_ipv6 = 64;

constexpr std::uint16_t first_unprivileged = 1024; // ip_unprivileged_port_start's default, ip-sysctl
constexpr std::size_t many_ports = 4;

std::uint64_t half_of(const model::Prefix& prefix) {
    return prefix.size() / 2;
}

/// `addresses` all lie in `prefix`.
void divide(std::span<const model::Address> addresses, const model::Prefix& prefix,
            std::vector<model::Prefix>& result) {
    if (addresses.empty()) {
        return;
    }
    const bool whole_network =
        prefix.address().family() == model::Family::ipv6 && prefix.length() == widest_ipv6;
    if (prefix.is_single() ||
        (addresses.size() >= least_seen && (whole_network || addresses.size() > half_of(prefix)))) {
        result.push_back(prefix);
        return;
    }
    const model::Prefix low(prefix.address(), prefix.length() + 1);
    const auto middle = std::partition_point(addresses.begin(), addresses.end(),
                                             [&low](const auto& address) { return low.contains(address); });
    const auto below = static_cast<std::size_t>(middle - addresses.begin());
    divide(addresses.first(below), low, result);
    if (below < addresses.size()) {
        divide(addresses.subspan(below), model::Prefix(*middle, low.length()), result);
    }
}

template <typename Key, typename Use>
void for_each_group(std::span<Wish> wishes, const Key& key, const Use& use) {
    using Value = decltype(key(wishes.front()));
    std::map<Value, std::vector<Wish*>> groups;
    for (auto& wish : wishes) {
        groups[key(wish)].push_back(&wish);
    }
    for (auto& [value, members] : groups) {
        use(members);
    }
}

} // namespace

std::vector<model::Prefix> subnets_of(std::span<const model::Address> addresses) {
    std::vector<model::Prefix> result;
    for (std::size_t begin = 0; begin < addresses.size();) {
        const auto& first = addresses[begin];
        const model::Prefix widest(first, first.family() == model::Family::ipv4 ? widest_ipv4 : widest_ipv6);
        auto end = begin + 1;
        while (end < addresses.size() && widest.contains(addresses[end])) {
            ++end;
        }
        if (end - begin < least_seen) { // spares the walk down to single addresses
            for (auto index = begin; index < end; ++index) {
                result.emplace_back(addresses[index]);
            }
        } else {
            divide(addresses.subspan(begin, end - begin), widest, result);
        }
        begin = end;
    }
    return result;
}

void widen_to_subnets(std::span<Wish> wishes) {
    for_each_group(
        wishes, [](const Wish& wish) { return std::pair(wish.name != Wish::by_address, wish.details); },
        [](const std::vector<Wish*>& members) {
            if (members.front()->name != Wish::by_address) {
                return;
            }
            std::vector<model::Address> addresses;
            addresses.reserve(members.size());
            for (const auto* wish : members) {
                addresses.push_back(wish->prefix.address());
            }
            std::sort(addresses.begin(), addresses.end());
            addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
            const auto subnets = subnets_of(addresses);
            for (auto* wish : members) {
                const auto above = std::upper_bound(
                    subnets.begin(), subnets.end(), wish->prefix.address(),
                    [](const auto& address, const auto& subnet) { return address < subnet.address(); });
                wish->prefix = *(above - 1);
            }
        });
}

void widen_to_ports(std::span<Wish> wishes) {
    for_each_group(
        wishes,
        // A name is one place, wherever it was reached.
        [](const Wish& wish) {
            return std::pair(wish.name,
                             wish.name == Wish::by_address ? std::optional(wish.prefix) : std::nullopt);
        },
        [](const std::vector<Wish*>& members) {
            std::set<model::DetailRange> high;
            for (const auto* wish : members) {
                if (wish->details.first >= first_unprivileged) {
                    high.insert(wish->details);
                }
            }
            if (high.size() < many_ports) {
                return;
            }
            for (auto* wish : members) {
                if (wish->details.first >= first_unprivileged) {
                    wish->details = {first_unprivileged, std::numeric_limits<std::uint16_t>::max()};
                }
            }
        });
}

void widen_to_domains(std::span<Wish> wishes, std::vector<model::NamedAddresses>& known) {
    std::map<model::DetailRange, std::map<std::string, std::vector<Wish*>>> by_domain;
    // Of names that a wish of these has, each looked up once.
    std::map<std::uint32_t, std::string> domains;
    for (auto& wish : wishes) {
        if (wish.name == Wish::by_address) {
            continue;
        }
        const auto [found, is_new] = domains.try_emplace(wish.name);
        if (is_new && !known[wish.name].and_below) {
            found->second = registrable_domain(known[wish.name].name);
        }
        if (!found->second.empty()) {
            by_domain[wish.details][found->second].push_back(&wish);
        }
    }
    for (auto& [details, groups] : by_domain) {
        for (auto& [domain, members] : groups) {
            std::set<std::uint32_t> names;
            for (const auto* wish : members) {
                names.insert(wish->name);
            }
            if (names.size() < many_names) {
                continue;
            }
            model::NamedAddresses all{model::ForeignText(domain), {}, 0, true};
            for (const auto name : names) {
                const auto& one = known[name];
                all.addresses.insert(all.addresses.end(), one.addresses.begin(), one.addresses.end());
                all.ttl = std::max(all.ttl, one.ttl);
            }
            std::sort(all.addresses.begin(), all.addresses.end());
            all.addresses.erase(std::unique(all.addresses.begin(), all.addresses.end()), all.addresses.end());
            for (auto* wish : members) {
                wish->name = static_cast<std::uint32_t>(known.size());
            }
            known.push_back(std::move(all));
        }
    }
}

} // namespace fwlearn::analyzer
