#include "rules.hpp"

#include "aggregate.hpp"
#include "group.hpp"
#include "purpose.hpp"
#include "rule_id.hpp"
#include "warnings.hpp"

#include <algorithm>
#include <limits>

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

void sort_once(std::vector<model::Address>& addresses) {
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
}

/// The needs of one selector and protocol on their way to rules.
class RuleMaker {
  public:
    RuleMaker(const model::Record& record, const Places& places, std::span<const Need> needs)
        : record_(record), places_(places), needs_(needs) {}

    std::vector<model::Rule> make(bool by_address) {
        if (!by_address) {
            find_names();
        }
        std::vector<model::Rule> rules;
        add_by_name(rules);
        add_by_address(rules);
        return rules;
    }

  private:
    [[nodiscard]] const model::Flow& flow_of(const Need& need) const { return record_.flows[need.flow]; }

    /// Which needs are by name, and what those names have stood for.
    void find_names() {
        std::map<model::ForeignText, std::set<model::ProcessId>> processes;
        std::map<model::ForeignText, std::vector<model::Address>> reached;
        names_.resize(needs_.size());
        for (std::size_t index = 0; index < needs_.size(); ++index) {
            const auto& key = flow_of(needs_[index]).key;
            if (const auto* name = places_.name_of(key)) {
                names_[index] = name;
                processes[*name].insert(key.process);
                reached[*name].push_back(key.destination.address);
            }
        }
        for (const auto& [name, who] : processes) {
            auto known = places_.addresses_of(name, who);
            const auto& seen = reached.at(name);
            known.addresses.insert(known.addresses.end(), seen.begin(), seen.end());
            sort_once(known.addresses);
            known_.push_back(std::move(known));
        }
        take_in_nameless();
    }

    /// An address that a name of the same sender's and service has stood for is that name's, also where one
    /// flow there was not asked for: a rule for it alone would admit nothing more.
    void take_in_nameless() {
        std::map<std::pair<std::uint16_t, model::Address>, const model::ForeignText*> admitted;
        std::map<model::ForeignText, std::set<std::uint16_t>> details;
        for (std::size_t index = 0; index < needs_.size(); ++index) {
            if (names_[index] != nullptr) {
                details[*names_[index]].insert(needs_[index].destination.service.detail);
            }
        }
        for (const auto& known : known_) {
            for (const auto detail : details[known.name]) {
                for (const auto& address : known.addresses) {
                    admitted.try_emplace({detail, address}, &known.name);
                }
            }
        }
        for (std::size_t index = 0; index < needs_.size(); ++index) {
            const auto& destination = needs_[index].destination;
            if (names_[index] != nullptr) {
                continue;
            }
            const auto found = admitted.find({destination.service.detail, destination.address});
            if (found != admitted.end()) {
                names_[index] = found->second;
            }
        }
    }

    [[nodiscard]] bool is_by_name(std::size_t index) const {
        return index < names_.size() && names_[index] != nullptr;
    }

    void add_by_name(std::vector<model::Rule>& rules) {
        std::vector<std::size_t> taken;
        std::vector<Pair> pairs;
        for (std::size_t index = 0; index < needs_.size(); ++index) {
            if (!is_by_name(index)) {
                continue;
            }
            const auto place =
                std::lower_bound(known_.begin(), known_.end(), *names_[index],
                                 [](const auto& known, const auto& name) { return known.name < name; }) -
                known_.begin();
            taken.push_back(index);
            pairs.push_back({needs_[index].destination.service.detail, static_cast<Place>(place)});
        }
        add(pairs, taken, rules, [this](const Rectangle& rectangle, model::Rule& rule) {
            std::vector<model::Address> addresses;
            for (const auto place : rectangle.places) {
                const auto& known = known_[static_cast<std::size_t>(place)];
                rule.by_name.push_back(known);
                rule.names.push_back(known.name);
                addresses.insert(addresses.end(), known.addresses.begin(), known.addresses.end());
            }
            sort_once(addresses);
            return addresses;
        });
    }

    void add_by_address(std::vector<model::Rule>& rules) {
        std::vector<model::Address> addresses;
        std::vector<std::size_t> taken;
        for (std::size_t index = 0; index < needs_.size(); ++index) {
            if (!is_by_name(index)) {
                taken.push_back(index);
                addresses.push_back(needs_[index].destination.address);
            }
        }
        sort_once(addresses);
        std::vector<Pair> pairs;
        pairs.reserve(taken.size());
        for (const auto index : taken) {
            const auto& destination = needs_[index].destination;
            const auto place =
                std::lower_bound(addresses.begin(), addresses.end(), destination.address) - addresses.begin();
            pairs.push_back({destination.service.detail, static_cast<Place>(place)});
        }
        add(pairs, taken, rules, [&addresses](const Rectangle& rectangle, model::Rule& /*rule*/) {
            std::vector<model::Address> of_rule;
            of_rule.reserve(rectangle.places.size());
            for (const auto place : rectangle.places) {
                of_rule.push_back(addresses[static_cast<std::size_t>(place)]);
            }
            return of_rule;
        });
    }

    /// Groups `pairs`, each of the need that `taken` has at its position, and makes a rule of each rectangle.
    /// `fill` puts the destinations in and gives the addresses, ascending.
    template <typename Fill>
    void add(const std::vector<Pair>& pairs, const std::vector<std::size_t>& taken,
             std::vector<model::Rule>& rules, const Fill& fill) {
        std::vector<std::size_t> order(pairs.size());
        for (std::size_t index = 0; index < order.size(); ++index) {
            order[index] = index;
        }
        std::sort(order.begin(), order.end(),
                  [&pairs](auto one, auto other) { return pairs[one] < pairs[other]; });
        std::vector<Pair> ascending;
        ascending.reserve(pairs.size());
        for (const auto index : order) {
            ascending.push_back(pairs[index]);
        }
        const auto grouped = group(ascending);
        std::vector<Witnesses> witnesses(grouped.rectangles.size());
        for (std::size_t index = 0; index < order.size(); ++index) {
            witnesses[grouped.of_pair[index]].add(flow_of(needs_[taken[order[index]]]));
        }
        for (std::size_t index = 0; index < grouped.rectangles.size(); ++index) {
            model::Rule rule;
            const auto addresses = fill(grouped.rectangles[index], rule);
            rule.details = grouped.rectangles[index].details;
            finish(rule, addresses, witnesses[index]);
            rules.push_back(std::move(rule));
        }
    }

    void finish(model::Rule& rule, const std::vector<model::Address>& addresses, Witnesses& witnesses) const {
        const Need& example = needs_.front();
        rule.selector = {example.kind, example.uid, {}};
        if (example.kind == model::SelectorKind::uid) {
            rule.user = record_.identities.user(example.uid);
        }
        rule.protocol = example.destination.service.protocol;
        rule.addresses = aggregate(addresses);
        if (rule.by_name.empty()) {
            std::set<model::ForeignText> names;
            for (const auto& address : addresses) {
                names.merge(places_.labels_of(address, witnesses.processes));
            }
            rule.names.assign(names.begin(), names.end());
        }
        rule.processes = values_of<model::Process>(
            witnesses.processes, [this](model::ProcessId id) { return record_.identities.process(id); });
        rule.tasks = values_of<model::Task>(witnesses.tasks,
                                            [this](model::TaskId id) { return record_.identities.task(id); });
        rule.evidence = witnesses.evidence();
        rule.exposure = exposure_of(rule);
        rule.purposes = purposes_of(record_, rule);
        rule.id = rule_id(rule);
        rule.warnings = warnings_of(record_, places_, rule, addresses);
    }

    const model::Record& record_;
    const Places& places_;
    std::span<const Need> needs_;
    std::vector<const model::ForeignText*> names_; ///< for each need; nullptr: by address. Empty: all are
    std::vector<model::NamedAddresses> known_;     ///< by name
};

} // namespace

std::vector<model::Rule> rules_for(const model::Record& record, const Places& places,
                                   std::span<const Need> needs, bool by_address) {
    return RuleMaker(record, places, needs).make(by_address);
}

} // namespace fwlearn::analyzer
