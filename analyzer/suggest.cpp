#include "analyzer/suggest.hpp"

#include "decisions.hpp"
#include "places.hpp"
#include "purpose.hpp"
#include "rules.hpp"
#include "select.hpp"
#include "wildcards.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

namespace fwlearn::analyzer {
namespace {

/// By selector, and within it what the same tasks need together. Where a group stands depends on its first
/// rule and not on what the tasks are called: names that somebody chose change no order.
void put_in_order(std::vector<model::Rule>& rules) {
    std::sort(rules.begin(), rules.end(), [](const model::Rule& one, const model::Rule& other) {
        return std::tie(one.selectors, one.protocol, one.details, one.addresses, one.id) <
               std::tie(other.selectors, other.protocol, other.details, other.addresses, other.id);
    });
    std::map<std::pair<std::vector<model::Selector>, std::vector<model::Task>>, std::vector<model::Rule>>
        groups;
    std::vector<std::vector<model::Rule>*> in_order;
    for (auto& rule : rules) {
        auto& group = groups[{rule.selectors, rule.tasks}];
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

/// For each selector, the tasks behind all that it needs.
std::vector<std::set<model::Task>> tasks_of_selectors(const model::Record& record, const Selected& selected) {
    std::vector<std::set<model::TaskId>> ids(selected.selectors.size());
    for (const auto& need : selected.needs) {
        ids[need.selector].insert(record.flows[need.flow].key.task);
    }
    std::vector<std::set<model::Task>> tasks(ids.size());
    for (std::size_t selector = 0; selector < ids.size(); ++selector) {
        for (const auto id : ids[selector]) {
            if (id != model::TaskId::unknown) {
                tasks[selector].insert(record.identities.task(id));
            }
        }
    }
    return tasks;
}

void add_other_tasks(const model::Record& record, const Selected& selected, std::vector<model::Rule>& rules) {
    const auto tasks = tasks_of_selectors(record, selected);
    for (auto& rule : rules) {
        std::set<model::Task> others;
        for (const auto& selector : rule.selectors) {
            const auto position =
                std::lower_bound(selected.selectors.begin(), selected.selectors.end(), selector) -
                selected.selectors.begin();
            const auto& of_selector = tasks[static_cast<std::size_t>(position)];
            others.insert(of_selector.begin(), of_selector.end());
        }
        for (const auto& task : rule.tasks) {
            others.erase(task);
        }
        rule.other_tasks.assign(others.begin(), others.end());
    }
}

/// Needs that may share rules: of one protocol, and those of everybody apart from those of somebody.
using Kin = std::pair<bool, model::Protocol>;

std::map<Kin, std::vector<Need>> by_kin(const Selected& selected) {
    std::map<Kin, std::vector<Need>> result;
    for (const auto& need : selected.needs) {
        const bool everybody = selected.selectors[need.selector].kind == model::SelectorKind::any;
        result[{!everybody, need.destination.service.protocol}].push_back(need);
    }
    return result;
}

} // namespace

model::Whitelist suggest(const model::Record& record, const SuggestOptions& options) {
    Decided decided(record, options.decisions);
    auto selected = select(record, options, decided);
    const Places places(record);
    model::Whitelist whitelist;
    whitelist.coverage = coverage_of(record);
    whitelist.identities = record.identities;
    whitelist.left_out = std::move(selected.left_out);
    for (const auto& [kin, needs] : by_kin(selected)) {
        auto rules = rules_for(record, places, selected.selectors, needs, options, decided);
        std::move(rules.begin(), rules.end(), std::back_inserter(whitelist.rules));
    }
    add_other_tasks(record, selected, whitelist.rules);
    if (!options.decisions.empty()) {
        decided.settle(whitelist);
        whitelist.unmatched = decided.unmatched();
    }
    put_in_order(whitelist.rules);
    whitelist.not_seen = not_seen(record, whitelist.rules);
    whitelist.wildcards = wildcards_for(whitelist.rules);
    return whitelist;
}

} // namespace fwlearn::analyzer
