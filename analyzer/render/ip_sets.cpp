#include "ip_sets.hpp"

#include <fmt/format.h>

namespace fwlearn::analyzer {
namespace {

/// So many addresses can be read in as many rules.
constexpr std::size_t few = 8;

const char* suffix(model::Family family) {
    return family == model::Family::ipv4 ? "4" : "6";
}

} // namespace

std::vector<IpSet> ip_sets(const model::Rule& rule, model::Family family) {
    std::vector<IpSet> sets;
    for (std::size_t index = 0; index < rule.by_name.size(); ++index) {
        const auto& known = rule.by_name[index];
        IpSet set{fmt::format("fwn_{}_{}_{}", rule.id, index, suffix(family)), family, &known, {}};
        for (const auto& address : known.addresses) {
            if (address.family() == family) {
                set.elements.push_back(address.to_string());
            }
        }
        sets.push_back(std::move(set));
    }
    if (!rule.by_name.empty()) {
        return sets;
    }
    IpSet set{fmt::format("fwl_{}_{}", rule.id, suffix(family)), family, nullptr, {}};
    for (const auto& prefix : rule.addresses) {
        if (prefix.address().family() == family && prefix.length() > 0) {
            set.elements.push_back(prefix.to_string());
        } else if (prefix.address().family() == family) { // hash:net takes no /0 (ipset(8))
            const auto half = prefix.address().bits() == 32 ? "0.0.0.0/1" : "::/1";
            const auto other = prefix.address().bits() == 32 ? "128.0.0.0/1" : "8000::/1";
            set.elements.emplace_back(half);
            set.elements.emplace_back(other);
        }
    }
    if (set.elements.size() > few) {
        sets.push_back(std::move(set));
    }
    return sets;
}

} // namespace fwlearn::analyzer
