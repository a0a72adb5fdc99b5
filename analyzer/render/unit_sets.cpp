#include "unit_sets.hpp"

#include "../digest.hpp"

#include <model/ascii.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace fwlearn::analyzer {

std::string unit_label(const model::Selector& selector) {
    // systemd 255 and later fills sets whose names have at most 31 octets (nft_identifier_valid in its
    // sources).
    constexpr std::size_t longest = 20;
    std::string label;
    for (const char byte : selector.unit.raw_bytes().substr(0, longest)) {
        label += model::is_letter_or_digit(byte) ? byte : '_';
    }
    return label + "_" + digest(selector.cgroup.raw_bytes(), 4);
}

std::string unit_set(const model::Selector& selector) {
    return "u_" + unit_label(selector);
}

std::size_t unit_level(const model::Selector& selector) {
    const auto& path = selector.cgroup.raw_bytes();
    return static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) + 1;
}

std::vector<model::Selector> unit_selectors(const model::Whitelist& whitelist) {
    std::set<model::Selector> units;
    for (const auto& rule : whitelist.rules) {
        for (const auto& selector : rule.selectors) {
            if (selector.kind == model::SelectorKind::unit) {
                units.insert(selector);
            }
        }
    }
    return {units.begin(), units.end()};
}

std::string unit_match(const model::Selector& selector) {
    return fmt::format("socket cgroupv2 level {} @{}", unit_level(selector), unit_set(selector));
}

std::string unit_set_declaration(const model::Selector& selector) {
    return fmt::format("\n\tset {} {{\n\t\ttype cgroupsv2\n\t\tcomment \"{}\"\n\t}}\n", unit_set(selector),
                       model::for_rule_comment(selector.cgroup));
}

} // namespace fwlearn::analyzer
