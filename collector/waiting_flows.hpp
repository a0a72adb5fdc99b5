// Flows of which the first packet was logged and which wait for a moment: for their sender, who may be filed
// after that, or for a name that their client may say. Bounded, and shared fairly between users: who finds no
// room does not wait. Pure. Kept by the observer.
#pragma once

#include "collector/fair_share.hpp"
#include "collector/flow_tracker.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace fwlearn::collector {

struct WaitingFlow {
    LivingSender sender;
    Now logged;
    bool attributed = false;
    bool may_be_said = false; ///< its client may still say which name it means
    std::chrono::steady_clock::time_point look_again{};
    std::uint64_t number = 0; ///< in the order in which they were logged
};

class WaitingFlows {
  public:
    /// False: it cannot wait.
    bool add(const Tuple& tuple, const WaitingFlow& flow) {
        if (!shares_.take(share_of(flow.sender.owner))) {
            return false;
        }
        flows_.emplace(tuple, flow)->second.number = ++numbers_;
        return true;
    }

    [[nodiscard]] bool empty() const { return flows_.empty(); }
    [[nodiscard]] bool has(const Tuple& tuple) const { return !flows_.empty() && flows_.contains(tuple); }

    /// Calls `settle(tuple, flow)` for each that is due, and those for which it says true wait no more. Of
    /// one tuple in the order in which they were logged: behind one that goes on waiting so do all others.
    template <typename Settle>
    void settle_due(std::chrono::steady_clock::time_point now, const Settle& settle) {
        due_.clear();
        for (const auto& [tuple, flow] : flows_) {
            if (flow.look_again <= now) {
                due_.push_back(tuple);
            }
        }
        for (const auto& tuple : due_) {
            settle_now(tuple, settle);
        }
    }
    /// The same for those of one tuple, due or not.
    template <typename Settle>
    void settle_now(const Tuple& tuple, const Settle& settle) {
        for (auto next = first_of(tuple); next != flows_.end(); next = first_of(tuple)) {
            const auto share = share_of(next->second.sender.owner);
            if (!settle(next->first, next->second)) {
                return;
            }
            shares_.give_back(share);
            flows_.erase(next);
        }
    }

    /// One of the tuple's that waits for a name; nullptr where there is none.
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

    Flows::iterator first_of(const Tuple& tuple) {
        const auto [begin, end] = flows_.equal_range(tuple);
        const auto first = std::min_element(begin, end, [](const auto& one, const auto& other) {
            return one.second.number < other.second.number;
        });
        return first == end ? flows_.end() : first;
    }

    Flows flows_;
    std::vector<Tuple> due_; ///< at one moment
    std::uint64_t numbers_ = 0;
    FairShare shares_{most};
};

} // namespace fwlearn::collector
