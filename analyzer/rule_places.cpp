#include "rule_places.hpp"

namespace fwlearn::analyzer {

RulePlaces::RulePlaces(std::span<const model::Rule> rules) {
    for (std::uint32_t index = 0; index < rules.size(); ++index) {
        for (const auto& prefix : rules[index].addresses) {
            by_length_[{prefix.address().family(), prefix.length()}].push_back({prefix.address(), index});
        }
        for (const auto& known : rules[index].by_name) {
            by_name_[known.name.raw_bytes()].push_back(index);
            if (known.and_below) {
                domains_[known.name.raw_bytes()].push_back(index);
            }
        }
    }
    for (auto& [length, entries] : by_length_) {
        std::sort(entries.begin(), entries.end());
    }
}

} // namespace fwlearn::analyzer
