#include "analyzer/curve.hpp"

#include <limits>

namespace fwlearn::analyzer {
namespace {

std::uint64_t saturating_sum(std::uint64_t one, std::uint64_t other) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    return other > most - one ? most : one + other;
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
    const auto half = middle ? beginning_of(record, *middle) : model::Record();
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
            step.backtest = backtest(record, mine, half, *middle);
        }
        result.push_back(std::move(step));
    }
    return result;
}

} // namespace fwlearn::analyzer
