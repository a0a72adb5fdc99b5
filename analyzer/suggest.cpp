#include "analyzer/suggest.hpp"

#include "aggregate.hpp"
#include "group.hpp"
#include "rule_id.hpp"
#include "select.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace fwlearn::analyzer {
namespace {

using Day = std::chrono::sys_days;

/// What is gathered of the flows that a rule stands for.
struct Witnesses {
    model::FlowCounts counts;
    std::vector<Day> days;
    std::set<model::ProcessId> processes;
    std::set<model::TaskId> tasks;

    void add(const model::Flow& flow) {
        counts += flow.counts;
        for (const auto hour : flow.hours) {
            const auto day = std::chrono::floor<std::chrono::days>(hour);
            if (days.empty() || days.back() != day) {
                days.push_back(day);
            }
        }
        processes.insert(flow.key.process);
        tasks.insert(flow.key.task);
    }

    model::Evidence evidence() {
        std::sort(days.begin(), days.end());
        days.erase(std::unique(days.begin(), days.end()), days.end());
        return {counts.count, counts.answered,   counts.refused,  counts.unanswered,
                days.size(),  counts.first_seen, counts.last_seen};
    }
};

std::uint64_t saturating_product(std::uint64_t one, std::uint64_t other) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    return one != 0 && other > most / one ? most : one * other;
}

std::uint64_t exposure_of(const model::Rule& rule) {
    std::uint64_t addresses = 0;
    for (const auto& prefix : rule.addresses) {
        const auto sum = addresses + prefix.size();
        addresses = sum < addresses ? std::numeric_limits<std::uint64_t>::max() : sum;
    }
    return saturating_product(addresses, rule.details.size());
}

/// Names of these addresses that hold for the whole host or for one of these processes.
std::vector<model::ForeignText> names_of(const model::Record& record,
                                         const std::vector<model::Address>& addresses,
                                         const std::set<model::ProcessId>& processes) {
    std::set<model::ForeignText> names;
    for (const auto& address : addresses) {
        for (const auto& binding : model::bindings_of(record.names, address)) {
            if (binding.process == model::ProcessId::unknown || processes.contains(binding.process)) {
                names.insert(binding.name);
            }
        }
    }
    return {names.begin(), names.end()};
}

template <typename Value, typename Ids, typename Lookup>
std::vector<Value> values_of(const Ids& ids, const Lookup& lookup) {
    std::vector<Value> values;
    values.reserve(ids.size());
    for (const auto id : ids) {
        values.push_back(lookup(id));
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

model::Rule make_rule(const model::Record& record, const Need& example, const Rectangle& rectangle,
                      Witnesses& witnesses) {
    model::Rule rule;
    rule.selector = {example.kind, example.uid, {}};
    if (example.kind == model::SelectorKind::uid) {
        rule.user = record.identities.user(example.uid);
    } else if (example.kind == model::SelectorKind::any) {
        rule.warnings.emplace_back("sender not recorded: this rule admits every user");
    }
    rule.protocol = example.destination.service.protocol;
    rule.details = rectangle.details;
    rule.addresses = aggregate(rectangle.addresses);
    rule.names = names_of(record, rectangle.addresses, witnesses.processes);
    rule.processes = values_of<model::Process>(
        witnesses.processes, [&record](model::ProcessId id) { return record.identities.process(id); });
    rule.tasks = values_of<model::Task>(witnesses.tasks,
                                        [&record](model::TaskId id) { return record.identities.task(id); });
    rule.evidence = witnesses.evidence();
    rule.exposure = exposure_of(rule);
    rule.id = rule_id(rule);
    return rule;
}

/// The rules of one selector and protocol.
void add_rules(const model::Record& record, std::span<const Need> needs, std::vector<model::Rule>& rules) {
    std::vector<Pair> pairs;
    pairs.reserve(needs.size());
    for (const auto& need : needs) {
        pairs.push_back({need.destination.service.detail, need.destination.address});
    }
    const auto grouped = group(pairs);
    std::vector<Witnesses> witnesses(grouped.rectangles.size());
    for (std::size_t index = 0; index < needs.size(); ++index) {
        witnesses[grouped.of_pair[index]].add(record.flows[needs[index].flow]);
    }
    for (std::size_t index = 0; index < grouped.rectangles.size(); ++index) {
        rules.push_back(make_rule(record, needs.front(), grouped.rectangles[index], witnesses[index]));
    }
}

/// By selector, and within it what the same tasks need together. Where a group stands depends on its first
/// rule and not on what the tasks are called: names that somebody chose change no order.
void put_in_order(std::vector<model::Rule>& rules) {
    std::sort(rules.begin(), rules.end(), [](const model::Rule& one, const model::Rule& other) {
        return std::tie(one.selector, one.protocol, one.details, one.addresses) <
               std::tie(other.selector, other.protocol, other.details, other.addresses);
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

} // namespace

model::Whitelist suggest(const model::Record& record) {
    auto selected = select(record);
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
        add_rules(record, needs.subspan(begin, end - begin), whitelist.rules);
        begin = end;
    }
    put_in_order(whitelist.rules);
    return whitelist;
}

} // namespace fwlearn::analyzer
