#include "purpose.hpp"

#include <algorithm>
#include <set>

namespace fwlearn::analyzer {

bool names_destination_of(const model::Configured& setting, const model::Rule& rule) {
    const bool by_name =
        !setting.name.empty() && std::binary_search(rule.names.begin(), rule.names.end(), setting.name);
    return by_name || (setting.address && std::any_of(rule.addresses.begin(), rule.addresses.end(),
                                                      [&setting](const auto& prefix) {
                                                          return prefix.contains(*setting.address);
                                                      }));
}

bool is_for(const model::Rule& rule, const model::Configured& setting) {
    return setting.service.protocol == rule.protocol &&
           std::any_of(rule.details.begin(), rule.details.end(),
                       [&setting](const auto& range) { return range.contains(setting.service.detail); }) &&
           names_destination_of(setting, rule);
}

std::vector<model::ConfiguredKind> purposes_of(const model::Record& record, const model::Rule& rule) {
    std::set<model::ConfiguredKind> kinds;
    for (const auto& setting : record.configured) {
        if (is_for(rule, setting)) {
            kinds.insert(setting.kind);
        }
    }
    return {kinds.begin(), kinds.end()};
}

} // namespace fwlearn::analyzer
