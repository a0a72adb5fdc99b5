#include "admission.hpp"

#include <algorithm>
#include <string_view>

namespace fwlearn::analyzer {
namespace {

std::uint32_t packed(const model::Protocol& protocol, std::uint16_t detail) {
    return std::uint32_t{protocol.number} << 16U | detail;
}

bool holds_name(const model::Rule& rule, const model::ForeignText& name) {
    if (name.empty()) {
        return false;
    }
    return std::any_of(rule.by_name.begin(), rule.by_name.end(), [&name](const model::NamedAddresses& known) {
        const auto& bytes = name.raw_bytes();
        const auto& domain = known.name.raw_bytes();
        return known.name == name ||
               (known.and_below && bytes.size() > domain.size() && bytes.ends_with(domain) &&
                bytes[bytes.size() - domain.size() - 1] == '.');
    });
}

/// Prefixes of a rule are ascending and disjoint.
bool holds_address(const model::Rule& rule, const model::Address& address) {
    const auto above = std::upper_bound(
        rule.addresses.begin(), rule.addresses.end(), address,
        [](const model::Address& one, const model::Prefix& prefix) { return one < prefix.address(); });
    return above != rule.addresses.begin() && (above - 1)->contains(address);
}

} // namespace

Admission::Admission(const model::Whitelist& whitelist) {
    for (const auto& rule : whitelist.rules) {
        const bool wide = std::any_of(rule.details.begin(), rule.details.end(),
                                      [](const auto& range) { return !range.is_single(); });
        for (const auto& selector : rule.selectors) {
            auto& mine = selector.kind == model::SelectorKind::any      ? any_
                         : selector.kind == model::SelectorKind::kernel ? kernel_
                         : selector.kind == model::SelectorKind::uid
                             ? by_uid_[selector.uid]
                             : by_cgroup_[selector.cgroup.raw_bytes()];
            if (wide) {
                mine.wide.push_back(&rule);
                continue;
            }
            for (const auto& range : rule.details) {
                mine.by_service[packed(rule.protocol, range.first)].push_back(&rule);
            }
        }
    }
}

bool Admission::admits(const OfSelector& rules, const model::Destination& destination,
                       const model::ForeignText& name) {
    const auto takes = [&](const model::Rule* rule) {
        return holds_address(*rule, destination.address) || holds_name(*rule, name);
    };
    const auto& service = destination.service;
    const auto found = rules.by_service.find(packed(service.protocol, service.detail));
    if (found != rules.by_service.end() && std::any_of(found->second.begin(), found->second.end(), takes)) {
        return true;
    }
    return std::any_of(rules.wide.begin(), rules.wide.end(), [&](const model::Rule* rule) {
        return rule->protocol == service.protocol &&
               std::any_of(rule->details.begin(), rule->details.end(),
                           [&service](const auto& range) { return range.contains(service.detail); }) &&
               takes(rule);
    });
}

bool Admission::admits(const model::FlowKey& key, const model::Identities& identities) const {
    const auto& name = identities.name(key.name);
    if (admits(any_, key.destination, name)) {
        return true;
    }
    if (key.owner.kind == model::OwnerKind::kernel) {
        return admits(kernel_, key.destination, name);
    }
    if (key.owner.kind != model::OwnerKind::user) {
        return false;
    }
    const auto of_user = by_uid_.find(key.owner.uid);
    if (of_user != by_uid_.end() && admits(of_user->second, key.destination, name)) {
        return true;
    }
    const auto maker = key.creator != model::ProcessId::unknown ? key.creator : key.process;
    std::string_view path = identities.process(maker).cgroup.raw_bytes();
    if (by_cgroup_.empty() || path.empty()) {
        return false;
    }
    path.remove_prefix(1);
    for (auto end = path.find('/');; end = path.find('/', end + 1)) { // its cgroup, and each above it
        const auto of_unit = by_cgroup_.find(path.substr(0, end));
        if (of_unit != by_cgroup_.end() && admits(of_unit->second, key.destination, name)) {
            return true;
        }
        if (end == std::string_view::npos) {
            return false;
        }
    }
}

} // namespace fwlearn::analyzer
