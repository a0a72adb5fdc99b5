#include "decisions.hpp"

#include "settle.hpp"

#include <algorithm>

namespace fwlearn::analyzer {

using model::DecisionAction;

std::vector<Decided::Pattern> Decided::patterns_of(const model::Record& record,
                                                   const std::vector<model::Decision>& decisions,
                                                   std::initializer_list<DecisionAction> actions) {
    std::vector<Pattern> patterns;
    for (std::size_t index = 0; index < decisions.size(); ++index) {
        const auto& decision = decisions[index];
        if (decision.scope.rule.empty() &&
            std::find(actions.begin(), actions.end(), decision.action) != actions.end()) {
            patterns.push_back({index, Agreement(record, decision.scope)});
        }
    }
    return patterns;
}

Decided::Decided(const model::Record& record, const std::vector<model::Decision>& decisions)
    : record_(record), decisions_(decisions), used_(decisions.size(), false),
      verdicts_(patterns_of(record, decisions, {DecisionAction::allow, DecisionAction::deny})),
      widenings_(patterns_of(record, decisions, {DecisionAction::widen})) {}

const model::Decision* Decided::on(const model::Flow& flow) {
    const model::Decision* last = nullptr;
    for (auto index = verdicts_.size(); index-- > 0;) { // the last first
        auto& [decision, agreement] = verdicts_[index];
        const bool counts = last == nullptr || !used_[decision];
        if (counts && agreement.with(flow)) {
            used_[decision] = true;
            last = last == nullptr ? &decisions_[decision] : last;
        }
    }
    return last;
}

std::vector<const model::Decision*> Decided::widenings_of(const model::Flow& flow) {
    std::vector<const model::Decision*> found;
    for (auto& [decision, agreement] : widenings_) {
        if (agreement.with(flow)) {
            used_[decision] = true;
            found.push_back(&decisions_[decision]);
        }
    }
    return found;
}

void Decided::settle(model::Whitelist& whitelist) {
    Settlement settlement(record_, whitelist);
    for (std::size_t index = 0; index < decisions_.size(); ++index) {
        if (settlement.take(decisions_[index])) {
            used_[index] = true;
        }
    }
    settlement.finish();
}

std::vector<model::Decision> Decided::unmatched() const {
    std::vector<model::Decision> found;
    for (std::size_t index = 0; index < decisions_.size(); ++index) {
        if (!used_[index]) {
            found.push_back(decisions_[index]);
        }
    }
    return found;
}

} // namespace fwlearn::analyzer
