#include "rules.hpp"

#include "aggregate.hpp"
#include "cover.hpp"
#include "exposure.hpp"
#include "purpose.hpp"
#include "rule_id.hpp"
#include "sort_once.hpp"
#include "warnings.hpp"
#include "wishes.hpp"
#include "witnesses.hpp"

#include <algorithm>
#include <iterator>

namespace fwlearn::analyzer {
namespace {

template <typename Value>
std::uint32_t position_of(const std::vector<Value>& values, const Value& value) {
    return static_cast<std::uint32_t>(std::lower_bound(values.begin(), values.end(), value) - values.begin());
}

template <typename Value, typename Ids, typename Lookup>
std::vector<Value> values_of(const Ids& ids, const Lookup& lookup) {
    std::vector<Value> values;
    values.reserve(ids.size());
    for (const auto id : ids) {
        values.push_back(lookup(id));
    }
    sort_once(values);
    return values;
}

constexpr std::array all_flags{
    model::FlagKind::home,     model::FlagKind::unpackaged,          model::FlagKind::kernel_thread_name,
    model::FlagKind::upgraded, model::FlagKind::shell_below_service, model::FlagKind::beacon,
    model::FlagKind::one_run};

/// A cell, and the position of a wish for it.
struct Asked {
    Cell cell{};
    std::uint32_t wish = 0;
    auto operator<=>(const Asked&) const = default;
};

/// The wishes of one protocol on their way to rules. Those by name and those by address apart: a rule is one
/// or the other.
class RuleMaker {
  public:
    RuleMaker(const model::Record& record, const Places& places,
              const std::vector<model::Selector>& selectors, model::Protocol protocol, const Wishes& wishes)
        : record_(record), places_(places), selectors_(selectors), protocol_(protocol), wishes_(wishes) {
        for (const auto& wish : wishes.list) {
            services_.push_back(wish.details);
            if (wish.name == Wish::by_address) {
                prefixes_.push_back(wish.prefix);
            }
        }
        sort_once(services_);
        sort_once(prefixes_);
    }

    std::vector<model::Rule> make() {
        std::vector<model::Rule> rules;
        for (const bool by_name : {true, false}) {
            auto asked = asked_for(by_name);
            std::vector<Cell> cells;
            cells.reserve(asked.size());
            for (const auto& one : asked) {
                if (cells.empty() || cells.back() != one.cell) {
                    cells.push_back(one.cell);
                }
            }
            for (const auto& box : cover(cells)) {
                rules.push_back(rule_of(box, by_name, witnesses_of(box, asked)));
            }
        }
        return rules;
    }

  private:
    [[nodiscard]] std::vector<Asked> asked_for(bool by_name) const {
        std::vector<Asked> asked;
        for (std::uint32_t index = 0; index < wishes_.list.size(); ++index) {
            const auto& wish = wishes_.list[index];
            if ((wish.name != Wish::by_address) == by_name) {
                const auto place = by_name ? wish.name : position_of(prefixes_, wish.prefix);
                asked.push_back({{wish.selector, place, position_of(services_, wish.details)}, index});
            }
        }
        std::sort(asked.begin(), asked.end());
        return asked;
    }

    [[nodiscard]] Witnesses witnesses_of(const Box& box, const std::vector<Asked>& asked) const {
        Witnesses witnesses;
        for (const auto selector : box[0]) {
            for (const auto place : box[1]) {
                for (const auto service : box[2]) {
                    const Cell cell{selector, place, service};
                    for (auto one = std::lower_bound(asked.begin(), asked.end(), Asked{cell, 0});
                         one != asked.end() && one->cell == cell; ++one) {
                        const auto& wish = wishes_.list[one->wish];
                        witnesses.add(record_.flows[wish.flow], wish.flags);
                    }
                }
            }
        }
        return witnesses;
    }

    model::Rule rule_of(const Box& box, bool by_name, Witnesses witnesses) const {
        model::Rule rule;
        for (const auto selector : box[0]) {
            rule.selectors.push_back(selectors_[selector]);
        }
        rule.protocol = protocol_;
        for (const auto service : box[2]) {
            rule.details.push_back(services_[service]);
        }
        const auto addresses = by_name ? fill_names(rule, box[1]) : fill_prefixes(rule, box[1], witnesses);
        rule.processes = values_of<model::Process>(
            witnesses.processes(), [this](model::ProcessId id) { return record_.identities.process(id); });
        rule.tasks = values_of<model::Task>(witnesses.tasks(),
                                            [this](model::TaskId id) { return record_.identities.task(id); });
        rule.evidence = witnesses.evidence();
        set_exposure(rule, witnesses.destinations());
        rule.purposes = purposes_of(record_, rule);
        rule.id = rule_id(rule);
        for (const auto kind : all_flags) {
            if ((witnesses.flags() & flag_bit(kind)) != 0) {
                rule.flags.push_back(kind);
            }
        }
        rule.warnings = warnings_of(record_, places_, rule, addresses);
        return rule;
    }

    /// Gives the addresses, ascending.
    std::vector<model::Address> fill_names(model::Rule& rule, const std::vector<std::uint32_t>& names) const {
        std::vector<model::Address> addresses;
        for (const auto index : names) {
            const auto& known = wishes_.names[index];
            rule.by_name.push_back(known);
            rule.names.push_back(known.name);
            addresses.insert(addresses.end(), known.addresses.begin(), known.addresses.end());
        }
        sort_once(rule.names);
        sort_once(addresses);
        rule.addresses = aggregate(addresses);
        return addresses;
    }

    /// Gives the addresses, ascending; of a wider prefix the first.
    std::vector<model::Address> fill_prefixes(model::Rule& rule, const std::vector<std::uint32_t>& places,
                                              const Witnesses& witnesses) const {
        std::vector<model::Prefix> prefixes;
        std::vector<model::Address> addresses;
        std::set<model::ForeignText> names;
        for (const auto index : places) {
            const auto& prefix = prefixes_[index];
            prefixes.push_back(prefix);
            addresses.push_back(prefix.address());
            if (prefix.is_single()) {
                names.merge(places_.labels_of(prefix.address(), witnesses.processes()));
            }
        }
        rule.addresses = aggregate(prefixes);
        rule.names.assign(names.begin(), names.end());
        return addresses;
    }

    const model::Record& record_;
    const Places& places_;
    const std::vector<model::Selector>& selectors_;
    model::Protocol protocol_;
    const Wishes& wishes_;
    std::vector<model::DetailRange> services_; ///< ascending
    std::vector<model::Prefix> prefixes_;      ///< ascending
};

} // namespace

std::vector<model::Rule> rules_for(const model::Record& record, const Places& places,
                                   const std::vector<model::Selector>& selectors, std::span<const Need> needs,
                                   const SuggestOptions& options, Decided& decided) {
    const auto wishes = wishes_for(record, places, needs, options, decided);
    return RuleMaker(record, places, selectors, needs.front().destination.service.protocol, wishes).make();
}

} // namespace fwlearn::analyzer
