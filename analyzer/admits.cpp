#include "admits.hpp"

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

/// Both without a slash at either end.
bool is_below(std::string_view path, std::string_view cgroup) {
    return path.starts_with(cgroup) && (path.size() == cgroup.size() || path[cgroup.size()] == '/');
}

bool selects(const model::Selector& selector, const model::FlowKey& key,
             const model::Identities& identities) {
    switch (selector.kind) {
    case model::SelectorKind::any:
        return true;
    case model::SelectorKind::kernel:
        return key.owner.kind == model::OwnerKind::kernel;
    case model::SelectorKind::uid:
        return key.owner.kind == model::OwnerKind::user && key.owner.uid == selector.uid;
    case model::SelectorKind::unit: {
        // The kernel means the cgroup in which the socket was made.
        const auto maker = key.creator != model::ProcessId::unknown ? key.creator : key.process;
        const std::string_view cgroup = identities.process(maker).cgroup.raw_bytes();
        return !cgroup.empty() && is_below(cgroup.substr(1), selector.cgroup.raw_bytes());
    }
    }
    return false;
}

bool selects(const model::Selector& selector, const model::Selector& other) {
    const bool same = selector.kind == other.kind && selector.uid == other.uid;
    return selector.kind == model::SelectorKind::any ||
           (same && is_below(other.cgroup.raw_bytes(), selector.cgroup.raw_bytes()));
}

/// Whether each of `others` is within some of `ones`.
template <typename Values, typename Within>
bool all_within(const Values& others, const Values& ones, const Within& within) {
    return std::all_of(others.begin(), others.end(), [&](const auto& other) {
        return std::any_of(ones.begin(), ones.end(), [&](const auto& one) { return within(one, other); });
    });
}

/// Prefixes of a rule are ascending and disjoint: the one that holds the address, or nullptr.
const model::Prefix* prefix_with(const model::Rule& rule, const model::Address& address) {
    const auto above = std::upper_bound(
        rule.addresses.begin(), rule.addresses.end(), address,
        [](const model::Address& one, const model::Prefix& prefix) { return one < prefix.address(); });
    return above != rule.addresses.begin() && (above - 1)->contains(address) ? &*(above - 1) : nullptr;
}

bool covers_places(const model::Rule& rule, const model::Rule& other) {
    if (rule.by_name.empty() != other.by_name.empty()) {
        return false; // names move on, addresses do not
    }
    if (rule.by_name.empty()) {
        return std::all_of(other.addresses.begin(), other.addresses.end(), [&rule](const auto& narrow) {
            const auto* const wide = prefix_with(rule, narrow.address());
            return wide != nullptr && wide->length() <= narrow.length();
        });
    }
    return all_within(other.by_name, rule.by_name,
                      [](const model::NamedAddresses& wide, const model::NamedAddresses& narrow) {
                          return wide.and_below ? is_within_domain(narrow.name, wide.name)
                                                : !narrow.and_below && wide.name == narrow.name;
                      });
}

} // namespace

bool is_within_domain(const model::ForeignText& name, const model::ForeignText& domain) {
    const std::string_view text = name.raw_bytes();
    const std::string_view suffix = domain.raw_bytes();
    return text == suffix || (text.size() > suffix.size() && text.ends_with(suffix) &&
                              text[text.size() - suffix.size() - 1] == '.');
}

const model::Selector* selector_of(const model::Rule& rule, const model::FlowKey& key,
                                   const model::Identities& identities) {
    const auto found = std::find_if(rule.selectors.begin(), rule.selectors.end(),
                                    [&](const auto& selector) { return selects(selector, key, identities); });
    return found == rule.selectors.end() ? nullptr : &*found;
}

bool has_service(const model::Rule& rule, const model::Service& service) {
    // Ranges are ascending and disjoint.
    const auto above = std::upper_bound(
        rule.details.begin(), rule.details.end(), service.detail,
        [](std::uint16_t detail, const model::DetailRange& range) { return detail < range.first; });
    return rule.protocol == service.protocol && above != rule.details.begin() &&
           (above - 1)->contains(service.detail);
}

bool admits(const model::Rule& rule, const model::FlowKey& key, const model::Identities& identities) {
    const auto& address = key.destination.address;
    return has_service(rule, key.destination.service) && selector_of(rule, key, identities) != nullptr &&
           prefix_with(rule, address) != nullptr;
}

bool covers(const model::Rule& rule, const model::Rule& other) {
    return rule.protocol == other.protocol &&
           all_within(other.selectors, rule.selectors,
                      [](const auto& wide, const auto& narrow) { return selects(wide, narrow); }) &&
           all_within(other.details, rule.details,
                      [](const auto& wide, const auto& narrow) {
                          return wide.first <= narrow.first && narrow.last <= wide.last;
                      }) &&
           covers_places(rule, other);
}

} // namespace fwlearn::analyzer
