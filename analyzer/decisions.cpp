#include "decisions.hpp"

#include "settle.hpp"

#include <algorithm>

namespace fwlearn::analyzer {

using model::DecisionAction;

namespace {

/// What a widening would widen to holds the destination; a protocol without ports is in no range of ports,
/// and its detail is none.
bool has_place_for(const model::Decision& widening, const model::Destination& destination) {
    const auto& service = destination.service;
    return (!widening.to_address || widening.to_address->contains(destination.address)) &&
           (!widening.to_ports ||
            (service.protocol.has_ports() && widening.to_ports->contains(service.detail)));
}

} // namespace

std::vector<Decided::Pattern> Decided::patterns_of(const model::Record& record,
                                                   const std::vector<model::Decision>& decisions,
                                                   std::initializer_list<DecisionAction> actions) {
    std::vector<Pattern> patterns;
    for (std::size_t index = 0; index < decisions.size(); ++index) {
        const auto& decision = decisions[index];
        if (decision.scope.rule.empty() &&
            std::find(actions.begin(), actions.end(), decision.action) != actions.end()) {
            patterns.push_back({index, Agreement(record, decision)});
        }
    }
    return patterns;
}

Decided::Decided(const model::Record& record, const std::vector<model::Decision>& decisions)
    : record_(record), decisions_(decisions), used_(decisions.size(), false),
      verdicts_(patterns_of(record, decisions, {DecisionAction::allow, DecisionAction::deny})),
      widenings_(patterns_of(record, decisions, {DecisionAction::widen})) {
    for (std::size_t index = 0; index < verdicts_.size(); ++index) {
        const auto& address = decisions[verdicts_[index].decision].scope.address;
        (address && address->is_single() ? of_address_[address->address()] : of_many_).push_back(index);
    }
}

const model::Decision* Decided::on(const model::Flow& flow) {
    std::vector<std::size_t> candidates = of_many_;
    if (const auto found = of_address_.find(flow.key.destination.address); found != of_address_.end()) {
        candidates.insert(candidates.end(), found->second.begin(), found->second.end());
        std::sort(candidates.begin(), candidates.end());
    }
    const model::Decision* last = nullptr;
    std::reverse(candidates.begin(), candidates.end()); // the last first
    for (const auto index : candidates) {
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
        if (has_place_for(decisions_[decision], flow.key.destination) && agreement.with(flow)) {
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
