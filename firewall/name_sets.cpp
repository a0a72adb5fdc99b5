#include "firewall/name_sets.hpp"

#include "set_elements.hpp"

#include <model/host_name.hpp>

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

std::vector<std::uint8_t> key_of(const model::Address& address) {
    const auto octets = address.octets();
    return {octets.begin(), octets.end()};
}

/// Of an element that is there.
std::optional<std::chrono::seconds> left_of(const NameSet& set, const model::Address& address) {
    const auto at = std::lower_bound(set.elements.begin(), set.elements.end(), address);
    if (at == set.elements.end() || *at != address) {
        return std::nullopt;
    }
    return set.left[static_cast<std::size_t>(at - set.elements.begin())];
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
    const bool renews = renews_elements();
    std::vector<SetChange> changes;
    for (const auto& [set, addresses] : fillings) {
        auto& change = changes.emplace_back(SetChange{set.set, {}, {}});
        std::set<model::Address> wanted;
        for (const auto& address : addresses) {
            if (address.family() == set.family) {
                wanted.insert(address);
            }
        }
        for (const auto& address : wanted) {
            const auto left = left_of(set, address);
            if (left && *left >= set.timeout) {
                continue; // it came a moment ago, or stays
            }
            // Where it cannot be renewed it goes and comes back in the same transaction, which no packet sees
            // the middle of. But then the kernel lets nobody close a socket until what went is freed, some
            // milliseconds later (nft_rcv_nl_event() in net/netfilter/nf_tables_api.c).
            if (left && !renews) {
                change.removed.push_back(key_of(address));
            }
            change.added.push_back(
                {key_of(address), left && renews ? std::optional(set.timeout) : std::nullopt});
        }
    }
    change_elements(changes, "cannot fill the sets of the whitelist");
}

void carry_over(const std::vector<NameSet>& before, const Carry& carry) {
    std::vector<SetChange> changes;
    for (const auto& [set, addresses] : carry(before, read_name_sets())) {
        auto& change = changes.emplace_back(SetChange{set.set, {}, {}});
        for (const auto& [address, left] : addresses) {
            if (left > std::chrono::seconds(0) && !left_of(set, address)) {
                change.added.push_back({key_of(address), std::min(left, set.timeout)});
            }
        }
    }
    change_elements(changes, "cannot carry over what names stood for");
}

} // namespace fwlearn::firewall
