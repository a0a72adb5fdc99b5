#include "host_firewall.hpp"

#include "rule_words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fwlearn::analyzer {

// Options without their dashes: two in a row may stand in no comment of XML.
std::string beyond_host_firewall(const model::Rule& rule, const char* firewall) {
    const auto is_any = [](const model::Selector& selector) {
        return selector.kind == model::SelectorKind::any;
    };
    if (!std::all_of(rule.selectors.begin(), rule.selectors.end(), is_any)) {
        return fmt::format("for {} alone, and {} cannot tell who sends (option selector: any)",
                           selector_words(rule.selectors), firewall);
    }
    if (!rule.by_name.empty()) {
        return fmt::format("by name, and {} knows addresses alone (option by: address)", firewall);
    }
    return {};
}

std::vector<model::DetailRange> joined(const std::vector<model::DetailRange>& details) {
    std::vector<model::DetailRange> ranges;
    for (const auto& range : details) {
        if (!ranges.empty() && ranges.back().last + 1 == range.first) {
            ranges.back().last = range.last;
        } else {
            ranges.push_back(range);
        }
    }
    return ranges;
}

} // namespace fwlearn::analyzer
