// Flows of which the first packet was logged and which wait for a moment: for their sender, who may be filed
// after that, or for a name that their client may say. Bounded, and shared fairly between users: who finds no
// room does not wait. Pure. Kept by the observer.
#pragma once

#include "collector/fair_share.hpp"
#include "collector/flow_tracker.hpp"

#include <unordered_map>

namespace fwlearn::collector {

struct WaitingFlow {
    LivingSender sender;
    Now logged;
    bool attributed = false;
    bool may_be_said = false; ///< its client may still say which name it means
    std::chrono::steady_clock::time_point look_again{};
};

class WaitingFlows {
  public:
    /// False: it cannot wait.
    bool add(const Tuple& tuple, const WaitingFlow& flow) {
        if (!shares_.take(share_of(flow.sender.owner))) {
            return false;
        }
        flows_.emplace(tuple, flow);
        return true;
    }

    /// Calls `settle(tuple, flow)` for each that is due, and those for which it says true wait no more.
    template <typename Settle>
    void settle_due(std::chrono::steady_clock::time_point now, const Settle& settle) {
        for (auto position = flows_.begin(); position != flows_.end();) {
            position = position->second.look_again <= now ? settled(position, settle) : std::next(position);
        }
    }
    /// The same for those of one tuple, due or not.
    template <typename Settle>
    void settle_now(const Tuple& tuple, const Settle& settle) {
        auto [position, end] = flows_.equal_range(tuple);
        while (position != end) {
            position = settled(position, settle);
        }
    }

    /// The first of the tuple's that waits for a name; nullptr where there is none.
    WaitingFlow* that_may_be_said(const Tuple& tuple) {
        auto [position, end] = flows_.equal_range(tuple);
        for (; position != end; ++position) {
            if (position->second.may_be_said) {
                return &position->second;
            }
        }
        return nullptr;
    }

  private:
    using Flows = std::unordered_multimap<Tuple, WaitingFlow>;
    static constexpr std::size_t most = 4096;

    template <typename Settle>
    typename Flows::iterator settled(typename Flows::iterator position, const Settle& settle) {
        const auto share = share_of(position->second.sender.owner);
        if (!settle(position->first, position->second)) {
            return std::next(position);
        }
        shares_.give_back(share);
        return flows_.erase(position);
    }

    Flows flows_;
    FairShare shares_{most};
};

} // namespace fwlearn::collector
