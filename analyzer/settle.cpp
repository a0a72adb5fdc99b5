#include "settle.hpp"

#include "admits.hpp"
#include "aggregate.hpp"
#include "agreement.hpp"
#include "exposure.hpp"
#include "left_out.hpp"
#include "purpose.hpp"
#include "widen_rule.hpp"
#include "witnesses.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>

namespace fwlearn::analyzer {
namespace {

using model::DecisionAction;

template <typename Value>
void merge(std::vector<Value>& into, const std::vector<Value>& values) {
    into.insert(into.end(), values.begin(), values.end());
    std::sort(into.begin(), into.end());
    into.erase(std::unique(into.begin(), into.end()), into.end());
}

/// What was to be looked at has been: it stays readable, and flags nothing any more.
void accept(model::Rule& rule, const model::Decision& decision) {
    auto comment = rule.comment.raw_bytes();
    const auto add = [&comment](const std::string& words) {
        comment += (comment.empty() ? "" : "; ") + words;
    };
    if (!decision.text.empty()) {
        add(decision.text.raw_bytes());
    }
    for (const auto& warning : rule.warnings) {
        add("accepted: " + warning);
    }
    rule.warnings.clear();
    rule.flags.clear();
    rule.comment = model::ForeignText(comment);
}

} // namespace

Settlement::Settlement(const model::Record& record, model::Whitelist& whitelist)
    : record_(record), whitelist_(whitelist) {
    for (auto& rule : whitelist.rules) {
        Standing standing;
        standing.ids.push_back(rule.id);
        standing.rule = std::move(rule);
        standings_.push_back(std::move(standing));
    }
    whitelist.rules.clear();
    std::sort(standings_.begin(), standings_.end(),
              [](const auto& one, const auto& other) { return one.ids.front() < other.ids.front(); });
}

/// Those of the one id that begins so; none where several do.
std::vector<Settlement::Standing*> Settlement::meant_by(const std::string& id) {
    std::set<std::string> meant;
    for (const auto& standing : standings_) {
        for (const auto& one : standing.ids) {
            if (one.starts_with(id)) {
                meant.insert(one);
            }
        }
    }
    std::vector<Standing*> found;
    for (auto& standing : standings_) {
        if (meant.size() == 1 &&
            std::find(standing.ids.begin(), standing.ids.end(), *meant.begin()) != standing.ids.end()) {
            found.push_back(&standing);
        }
    }
    return found;
}

bool Settlement::apply(const model::Decision& decision, Standing& standing) {
    auto& rule = standing.rule;
    switch (decision.action) {
    case DecisionAction::allow:
    case DecisionAction::deny:
        standing.verdict = &decision;
        return true;
    case DecisionAction::rename:
        rule.title = decision.text;
        return true;
    case DecisionAction::comment:
        rule.comment = decision.text;
        return true;
    case DecisionAction::widen:
        break;
    }
    const auto before = rule;
    if (!widen(rule, decision)) {
        return false;
    }
    if (standing.before.empty()) {
        standing.before.push_back(before);
    }
    standing.ids.push_back(rule.id);
    return true;
}

bool Settlement::take(const model::Decision& decision) {
    bool concerned = false;
    if (!decision.scope.rule.empty()) {
        for (auto* standing : meant_by(decision.scope.rule)) {
            concerned = apply(decision, *standing) || concerned;
        }
    } else if (decision.action == DecisionAction::rename || decision.action == DecisionAction::comment) {
        const Agreement agreement(record_, decision);
        for (auto& standing : standings_) {
            if (agreement.with(standing.rule)) {
                concerned = apply(decision, standing) || concerned;
            }
        }
    }
    return concerned;
}

void Settlement::finish() {
    take_out_denied();
    take_in_covered();
    for (auto& standing : standings_) {
        if (standing.verdict != nullptr) {
            accept(standing.rule, *standing.verdict);
        }
        whitelist_.rules.push_back(std::move(standing.rule));
    }
    leave_out();
    name_what_admits_denied();
}

void Settlement::take_out_denied() {
    const auto first = std::stable_partition(standings_.begin(), standings_.end(),
                                             [](const auto& standing) { return !standing.denied(); });
    std::move(first, standings_.end(), std::back_inserter(denied_));
    standings_.erase(first, standings_.end());
}

void Settlement::take_in_covered() {
    for (std::size_t index = 0; index < standings_.size(); ++index) {
        if (standings_[index].before.empty()) {
            continue;
        }
        for (std::size_t other = 0; other < standings_.size();) {
            if (other == index || !covers(standings_[index].rule, standings_[other].rule)) {
                ++other;
                continue;
            }
            take_in(standings_[index], standings_[other]);
            standings_.erase(standings_.begin() + static_cast<std::ptrdiff_t>(other));
            index -= other < index ? 1 : 0;
        }
        count_anew(standings_[index]);
    }
}

void Settlement::take_in(Standing& wide, Standing& covered) {
    auto& rule = wide.rule;
    merge(rule.processes, covered.rule.processes);
    merge(rule.tasks, covered.rule.tasks);
    merge(rule.other_tasks, covered.rule.other_tasks);
    if (rule.by_name.empty()) {
        merge(rule.names, covered.rule.names);
    }
    if (covered.verdict == nullptr) {
        merge(rule.flags, covered.rule.flags);
    }
    for (const auto& warning : covered.rule.warnings) {
        if (covered.verdict == nullptr &&
            std::find(rule.warnings.begin(), rule.warnings.end(), warning) == rule.warnings.end()) {
            rule.warnings.push_back(warning);
        }
    }
    if (covered.before.empty()) {
        wide.before.push_back(std::move(covered.rule));
    } else {
        std::move(covered.before.begin(), covered.before.end(), std::back_inserter(wide.before));
    }
}

void Settlement::count_anew(Standing& standing) {
    auto& rule = standing.rule;
    // Names take what they covered with them: all that they have stood for.
    for (const auto& one : standing.before) {
        for (const auto& known : rule.by_name.empty() ? decltype(rule.by_name){} : one.by_name) {
            const auto holder =
                std::find_if(rule.by_name.begin(), rule.by_name.end(), [&known](const auto& wide) {
                    return wide.and_below ? is_within_domain(known.name, wide.name) : wide.name == known.name;
                });
            if (holder != rule.by_name.end()) {
                merge(holder->addresses, known.addresses);
                holder->ttl = std::max(holder->ttl, known.ttl);
            }
        }
    }
    for (const auto& known : rule.by_name) {
        for (const auto& address : known.addresses) {
            rule.addresses.emplace_back(address);
        }
    }
    std::sort(rule.addresses.begin(), rule.addresses.end());
    rule.addresses = aggregate(rule.addresses);
    std::erase_if(rule.other_tasks, [&rule](const auto& task) {
        return std::binary_search(rule.tasks.begin(), rule.tasks.end(), task);
    });
    const auto& identities = record_.identities;
    std::unordered_set<model::FlowKey> left_out;
    for (const auto& one : whitelist_.left_out) {
        left_out.insert(one.flow.key);
    }
    Witnesses all;
    Witnesses own;
    for (const auto& flow : record_.flows) {
        if (left_out.contains(flow.key) || !admits(rule, flow.key, identities)) {
            continue;
        }
        all.add(flow, 0); // flags are the rules' own already
        if (std::any_of(standing.before.begin(), standing.before.end(),
                        [&](const auto& one) { return admits(one, flow.key, identities); })) {
            own.add(flow, 0);
        }
    }
    if (standing.before.size() > 1) {
        rule.evidence = own.evidence();
    }
    set_exposure(rule, all.destinations());
    rule.purposes = purposes_of(record_, rule);
}

/// The flows that only denied rules admitted.
void Settlement::leave_out() {
    if (denied_.empty()) {
        return;
    }
    std::unordered_set<model::FlowKey> left_out;
    for (const auto& one : whitelist_.left_out) {
        left_out.insert(one.flow.key);
    }
    for (const auto& flow : record_.flows) {
        const auto takes = [&](const model::Rule& rule) {
            return admits(rule, flow.key, record_.identities);
        };
        const auto denied = std::find_if(denied_.begin(), denied_.end(), [&takes](const auto& standing) {
            return takes(standing.before.empty() ? standing.rule : standing.before.front());
        });
        if (denied != denied_.end() && !left_out.contains(flow.key) &&
            std::none_of(whitelist_.rules.begin(), whitelist_.rules.end(), takes)) {
            whitelist_.left_out.push_back({flow, decided_reason(*denied->verdict)});
        }
    }
    put_in_order(whitelist_.left_out, record_.identities);
}

/// A denial by pattern may be for one of several senders that no rule can tell apart.
void Settlement::name_what_admits_denied() const {
    for (auto& one : whitelist_.left_out) {
        if (!is_decided(one)) {
            continue;
        }
        const auto rule =
            std::find_if(whitelist_.rules.begin(), whitelist_.rules.end(), [&](const auto& candidate) {
                return admits(candidate, one.flow.key, record_.identities);
            });
        if (rule != whitelist_.rules.end()) {
            one.reason += "; rule " + rule->id + " admits it all the same";
        }
    }
}

} // namespace fwlearn::analyzer
