#include "widen_rule.hpp"

#include "admits.hpp"
#include "aggregate.hpp"
#include "rule_id.hpp"

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

template <typename Value>
void sort_once(std::vector<Value>& values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

/// A rule by name becomes one by address: the prefix takes the place of what the names may still move to, and
/// what they have stood for stays.
void admit(model::Rule& rule, const model::Prefix& prefix) {
    rule.by_name.clear();
    rule.addresses.push_back(prefix);
    sort_once(rule.addresses);
    rule.addresses = aggregate(rule.addresses);
}

void admit_domain(model::Rule& rule, const model::ForeignText& domain) {
    model::NamedAddresses all{domain, {}, 0, true};
    std::vector<model::NamedAddresses> names;
    for (auto& known : rule.by_name) {
        if (is_within_domain(known.name, domain)) {
            all.addresses.insert(all.addresses.end(), known.addresses.begin(), known.addresses.end());
            all.ttl = std::max(all.ttl, known.ttl);
        } else {
            names.push_back(std::move(known));
        }
    }
    sort_once(all.addresses);
    names.push_back(std::move(all));
    std::sort(names.begin(), names.end(),
              [](const auto& one, const auto& other) { return one.name < other.name; });
    rule.by_name = std::move(names);
    rule.names.clear();
    for (const auto& known : rule.by_name) {
        rule.names.push_back(known.name);
    }
}

/// Ranges that overlap the new one become part of it; single ports that touch it stay what they are.
void admit(std::vector<model::DetailRange>& details, model::DetailRange range) {
    std::vector<model::DetailRange> kept;
    for (const auto& one : details) {
        if (one.first <= range.last && range.first <= one.last) {
            range = {std::min(one.first, range.first), std::max(one.last, range.last)};
        } else {
            kept.push_back(one);
        }
    }
    kept.push_back(range);
    std::sort(kept.begin(), kept.end());
    details = std::move(kept);
}

} // namespace

bool widen(model::Rule& rule, const model::Decision& decision) {
    if (decision.to_address) {
        admit(rule, *decision.to_address);
    } else if (!decision.to_domain.empty()) {
        if (rule.by_name.empty()) {
            return false;
        }
        admit_domain(rule, decision.to_domain);
    } else if (decision.to_ports) {
        if (!rule.protocol.has_ports()) {
            return false;
        }
        admit(rule.details, *decision.to_ports);
    } else {
        return false;
    }
    rule.id = rule_id(rule);
    return true;
}

} // namespace fwlearn::analyzer
