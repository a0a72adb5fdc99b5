#include "analyzer/difference.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

namespace fwlearn::analyzer {
namespace {

/// Users' names are labels: the same number is the same user.
std::vector<model::Selector> without_labels(std::vector<model::Selector> selectors) {
    for (auto& selector : selectors) {
        selector.user = model::ForeignText();
    }
    return selectors;
}

using Kind = std::tuple<std::vector<model::Selector>, model::Protocol, std::vector<model::DetailRange>>;

Kind kind_of(const model::Rule& rule) {
    return {without_labels(rule.selectors), rule.protocol, rule.details};
}

struct Pair {
    std::size_t common = 0;
    std::size_t before = 0;
    std::size_t after = 0;
};

std::vector<model::ForeignText> minus(const std::vector<model::ForeignText>& one,
                                      const std::vector<model::ForeignText>& other) {
    std::vector<model::ForeignText> result;
    std::set_difference(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(result));
    return result;
}

/// A destination that more rules than these have in common says nothing of which of them belong together, and
/// in a foreign whitelist all may have it.
constexpr std::size_t most_that_share = 32;

/// Each with at most one of the other side, the most alike first.
std::vector<Pair> pairs_of(const std::vector<model::Rule>& before, const std::vector<model::Rule>& after) {
    std::map<model::ForeignText, std::vector<std::size_t>> having; ///< by destination: positions in `after`
    for (std::size_t other = 0; other < after.size(); ++other) {
        for (auto& place : destinations_of(after[other])) {
            having[std::move(place)].push_back(other);
        }
    }
    std::vector<Pair> pairs;
    for (std::size_t one = 0; one < before.size(); ++one) {
        std::map<std::size_t, std::size_t> common;
        for (const auto& place : destinations_of(before[one])) {
            const auto found = having.find(place);
            if (found != having.end() && found->second.size() <= most_that_share) {
                for (const auto other : found->second) {
                    ++common[other];
                }
            }
        }
        if (before.size() == 1 && after.size() == 1) {
            common[0];
        }
        for (const auto& [other, count] : common) {
            pairs.push_back({count, one, other});
        }
    }
    std::sort(pairs.begin(), pairs.end(), [](const auto& one, const auto& other) {
        return std::tuple(other.common, one.before, one.after) <
               std::tuple(one.common, other.before, other.after);
    });
    std::set<std::size_t> taken_before;
    std::set<std::size_t> taken_after;
    std::erase_if(pairs, [&](const Pair& pair) {
        if (taken_before.contains(pair.before) || taken_after.contains(pair.after)) {
            return true;
        }
        taken_before.insert(pair.before);
        taken_after.insert(pair.after);
        return false;
    });
    return pairs;
}

void add_changes(const std::vector<model::Rule>& before, const std::vector<model::Rule>& after,
                 std::vector<RuleChange>& changes) {
    std::vector<bool> paired_before(before.size());
    std::vector<bool> paired_after(after.size());
    for (const auto& pair : pairs_of(before, after)) {
        paired_before[pair.before] = paired_after[pair.after] = true;
        const auto old_places = destinations_of(before[pair.before]);
        const auto new_places = destinations_of(after[pair.after]);
        changes.push_back({before[pair.before], after[pair.after], minus(old_places, new_places),
                           minus(new_places, old_places)});
    }
    for (std::size_t index = 0; index < before.size(); ++index) {
        if (!paired_before[index]) {
            changes.push_back({before[index], std::nullopt, {}, {}});
        }
    }
    for (std::size_t index = 0; index < after.size(); ++index) {
        if (!paired_after[index]) {
            changes.push_back({std::nullopt, after[index], {}, {}});
        }
    }
}

/// Takes out what the other one has, too; ascending by id then.
void keep_own(std::vector<model::Rule>& rules, const std::set<std::string>& of_other) {
    std::erase_if(rules, [&of_other](const auto& rule) { return of_other.contains(rule.id); });
    std::sort(rules.begin(), rules.end(),
              [](const auto& one, const auto& other) { return one.id < other.id; });
}

std::set<std::string> ids_of(const std::vector<model::Rule>& rules) {
    std::set<std::string> ids;
    for (const auto& rule : rules) {
        ids.insert(rule.id);
    }
    return ids;
}

} // namespace

std::vector<model::ForeignText> destinations_of(const model::Rule& rule) {
    std::vector<model::ForeignText> places;
    for (const auto& known : rule.by_name) {
        places.emplace_back((known.and_below ? "*." : "") + known.name.raw_bytes());
    }
    for (const auto& prefix : rule.by_name.empty() ? rule.addresses : decltype(rule.addresses){}) {
        places.emplace_back(prefix.to_string());
    }
    std::sort(places.begin(), places.end());
    return places;
}

std::vector<RuleChange> difference(std::vector<model::Rule> before, std::vector<model::Rule> after) {
    const auto ids_before = ids_of(before);
    const auto ids_after = ids_of(after);
    keep_own(before, ids_after);
    keep_own(after, ids_before);
    std::map<Kind, std::pair<std::vector<model::Rule>, std::vector<model::Rule>>> by_kind;
    for (auto& rule : before) {
        by_kind[kind_of(rule)].first.push_back(std::move(rule));
    }
    for (auto& rule : after) {
        by_kind[kind_of(rule)].second.push_back(std::move(rule));
    }
    std::vector<RuleChange> changes;
    for (const auto& [kind, rules] : by_kind) {
        add_changes(rules.first, rules.second, changes);
    }
    return changes;
}

} // namespace fwlearn::analyzer
