#include "analyzer/suggest.hpp"

#include "places.hpp"
#include "purpose.hpp"
#include "rules.hpp"
#include "select.hpp"
#include "wildcards.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

namespace fwlearn::analyzer {
namespace {

/// By selector, and within it what the same tasks need together. Where a group stands depends on its first
/// rule and not on what the tasks are called: names that somebody chose change no order.
void put_in_order(std::vector<model::Rule>& rules) {
    std::sort(rules.begin(), rules.end(), [](const model::Rule& one, const model::Rule& other) {
        return std::tie(one.selector, one.protocol, one.details, one.addresses, one.id) <
               std::tie(other.selector, other.protocol, other.details, other.addresses, other.id);
    });
    std::map<std::pair<model::Selector, std::vector<model::Task>>, std::vector<model::Rule>> groups;
    std::vector<std::vector<model::Rule>*> in_order;
    for (auto& rule : rules) {
        auto& group = groups[{rule.selector, rule.tasks}];
        if (group.empty()) {
            in_order.push_back(&group);
        }
        group.push_back(std::move(rule));
    }
    rules.clear();
    for (auto* group : in_order) {
        std::move(group->begin(), group->end(), std::back_inserter(rules));
    }
}

model::Coverage coverage_of(const model::Record& record) {
    model::Coverage coverage;
    const auto extend = [&coverage](model::Timestamp first, model::Timestamp last) {
        coverage.since = std::min(coverage.since.value_or(first), first);
        coverage.until = std::max(coverage.until.value_or(last), last);
    };
    for (const auto& observation : record.observations) {
        extend(observation.started, observation.ended.value_or(observation.last_alive));
    }
    for (const auto& flow : record.flows) {
        if (record.observations.empty()) {
            extend(flow.counts.first_seen, flow.counts.last_seen);
        }
        const auto count = flow.counts.count;
        coverage.flows += count;
        coverage.unattributed += flow.key.attribution == model::Attribution::unknown ? count : 0;
        coverage.without_owner += flow.key.owner.kind == model::OwnerKind::unknown ? count : 0;
        coverage.overflowed += flow.key.overflow ? count : 0;
    }
    coverage.gaps = record.gaps;
    return coverage;
}

/// What settings name, and no rule is for.
std::vector<model::Configured> not_seen(const model::Record& record, const std::vector<model::Rule>& rules) {
    std::vector<model::Configured> result;
    for (const auto& setting : record.configured) {
        const bool needs_rule = setting.kind != model::ConfiguredKind::static_name &&
                                !(setting.address && setting.address->is_loopback());
        if (needs_rule && std::none_of(rules.begin(), rules.end(),
                                       [&](const auto& rule) { return is_for(rule, setting); })) {
            result.push_back(setting);
        }
    }
    return result;
}

} // namespace

model::Whitelist suggest(const model::Record& record, const SuggestOptions& options) {
    auto selected = select(record);
    const Places places(record);
    model::Whitelist whitelist;
    whitelist.coverage = coverage_of(record);
    whitelist.identities = record.identities;
    whitelist.left_out = std::move(selected.left_out);
    const std::span<const Need> needs = selected.needs;
    const auto kin = [](const Need& need) {
        return std::tuple(need.kind, need.uid, need.destination.service.protocol);
    };
    for (std::size_t begin = 0; begin < needs.size();) {
        std::size_t end = begin;
        while (end < needs.size() && kin(needs[end]) == kin(needs[begin])) {
            ++end;
        }
        auto rules = rules_for(record, places, needs.subspan(begin, end - begin), options.by_address);
        std::move(rules.begin(), rules.end(), std::back_inserter(whitelist.rules));
        begin = end;
    }
    put_in_order(whitelist.rules);
    whitelist.not_seen = not_seen(record, whitelist.rules);
    whitelist.wildcards = wildcards_for(whitelist.rules);
    return whitelist;
}

} // namespace fwlearn::analyzer
