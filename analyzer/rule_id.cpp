#include "rule_id.hpp"

#include "digest.hpp"

#include <model/vocabulary.hpp>

namespace fwlearn::analyzer {

std::string rule_id(const model::Rule& rule) {
    // Every part is preceded by its length or has a form that holds no separator, so that no two differ in
    // meaning and agree in text.
    std::string text;
    for (const auto& selector : rule.selectors) {
        const auto& cgroup = selector.cgroup.raw_bytes();
        text += std::string(model::to_word(selector.kind)) + ' ' + std::to_string(selector.uid) + ' ' +
                std::to_string(cgroup.size()) + ':' + cgroup + ' ';
    }
    text += std::to_string(rule.protocol.number);
    for (const auto& range : rule.details) {
        text += ' ' + std::to_string(range.first);
        text += range.is_single() ? std::string() : '-' + std::to_string(range.last);
    }
    for (const auto& known : rule.by_name) {
        text += known.and_below ? " domain " : " name ";
        text += std::to_string(known.name.raw_bytes().size()) + ':' + known.name.raw_bytes();
    }
    if (rule.by_name.empty()) {
        for (const auto& prefix : rule.addresses) {
            text += ' ' + prefix.to_string();
        }
    }
    constexpr std::size_t octets = 6;
    return digest(text, octets);
}

} // namespace fwlearn::analyzer
