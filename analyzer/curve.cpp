#include "analyzer/curve.hpp"

#include "admission.hpp"
#include "select.hpp"

#include <algorithm>
#include <limits>

namespace fwlearn::analyzer {
namespace {

std::uint64_t saturating_sum(std::uint64_t one, std::uint64_t other) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    return other > most - one ? most : one + other;
}

/// The hour that divides the observed ones in two; nothing where there are fewer than two. Learning is over
/// where a whitelist denies.
std::optional<model::Hour> middle_of(const model::Record& record) {
    auto first = model::Hour::max();
    auto last = model::Hour::min();
    for (const auto& flow : record.flows) {
        if (!flow.hours.empty() && flow.key.verdict == model::FlowVerdict::accepted) {
            first = std::min(first, flow.hours.front());
            last = std::max(last, flow.hours.back());
        }
    }
    if (first >= last) {
        return std::nullopt;
    }
    return first + (last - first + model::Hour::duration(1)) / 2;
}

/// How many flows of this row began before, and how many then or later.
std::pair<std::uint64_t, std::uint64_t> divided(const model::Flow& flow, model::Hour middle) {
    std::pair<std::uint64_t, std::uint64_t> counts{0, 0};
    for (std::size_t index = 0; index < flow.hours.size(); ++index) {
        const auto count = index < flow.hourly.size() ? flow.hourly[index] : 1;
        (flow.hours[index] < middle ? counts.first : counts.second) += count;
    }
    return counts;
}

/// What was known by then.
model::Record first_half(const model::Record& record, model::Hour middle) {
    model::Record half;
    half.identities = record.identities;
    half.configured = record.configured;
    half.programs = record.programs;
    for (const auto& flow : record.flows) {
        const auto count = divided(flow, middle).first;
        if (count == 0) {
            continue;
        }
        half.flows.push_back(flow);
        auto& counts = half.flows.back().counts;
        counts.count = count;
        counts.answered = std::min(counts.answered, count);
        counts.refused = std::min(counts.refused, count);
        counts.unanswered = std::min(counts.unanswered, count);
        counts.last_seen = std::min(counts.last_seen, model::Timestamp(middle));
    }
    for (const auto& binding : record.names) {
        if (binding.first_seen < model::Timestamp(middle)) {
            half.names.push_back(binding);
        }
    }
    return half;
}

Backtest backtest(const model::Record& record, const std::vector<std::uint32_t>& kept, model::Hour middle,
                  const model::Record& half, const SuggestOptions& options) {
    const auto learned = suggest(half, options);
    const Admission admission(learned.rules);
    Backtest result;
    for (const auto index : kept) {
        const auto& flow = record.flows[index];
        const auto count = divided(flow, middle).second;
        if (count == 0) {
            continue;
        }
        result.flows += count;
        if (!admission.admits(flow.key, record.identities)) {
            result.denied += count;
            result.broken.insert(record.identities.task(flow.key.task));
        }
    }
    return result;
}

struct Step {
    const char* name;
    bool by_address;
    Widening widening;
    bool any_user;
};
constexpr Step steps[] = {
    {"address", true, Widening::none, false},   {"none", false, Widening::none, false},
    {"subnet", false, Widening::subnet, false}, {"name", false, Widening::name, false},
    {"port", false, Widening::port, false},     {"any user", false, Widening::none, true}};

} // namespace

std::vector<CurveStep> curve(const model::Record& record, const SuggestOptions& options) {
    const auto middle = middle_of(record);
    const auto half = middle ? first_half(record, *middle) : model::Record();
    std::vector<CurveStep> result;
    for (const auto& [name, by_address, widening, any_user] : steps) {
        auto mine = options;
        mine.by_address = by_address || options.by_address;
        mine.widening = widening;
        mine.selector = any_user ? SelectorMode::any : options.selector;
        CurveStep step;
        step.name = name;
        const auto whitelist = suggest(record, mine);
        step.rules = whitelist.rules.size();
        for (const auto& rule : whitelist.rules) {
            for (std::size_t selector = 0; selector < rule.selectors.size(); ++selector) {
                step.exposure = saturating_sum(step.exposure, rule.exposure);
                step.beyond = saturating_sum(step.beyond, rule.beyond);
            }
        }
        if (middle) {
            std::vector<std::uint32_t> kept;
            Decided decided(record, mine.decisions);
            for (const auto& need : select(record, mine, decided).needs) {
                kept.push_back(need.flow);
            }
            step.backtest = backtest(record, kept, *middle, half, mine);
        }
        result.push_back(std::move(step));
    }
    return result;
}

} // namespace fwlearn::analyzer
