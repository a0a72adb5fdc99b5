// What a whitelist denied, as flows: one for each sender and tuple however often it tries, and every packet
// of it counted. conntrack has no entry for any of them (it is confirmed only behind the last hook), so each
// is handed out at once and only remembered for its repetitions. Pure: reads no clock. Kept by the flow
// tracker.
#pragma once

#include "collector/flow_tracker.hpp"

namespace fwlearn::collector {

class DeniedFlows {
  public:
    /// `capacity`: how many tuples are remembered. Beyond it the oldest is forgotten: what repeats it is one
    /// flow more, while packets stay exact.
    explicit DeniedFlows(std::size_t capacity);
    ~DeniedFlows();
    DeniedFlows(const DeniedFlows&) = delete;
    DeniedFlows& operator=(const DeniedFlows&) = delete;

    /// One packet was denied.
    model::FlowDelta denied(const Tuple& tuple, const Sender& sender, const Now& now);
    /// When the tuple's last packet was denied, where that is remembered.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> last(const Tuple& tuple) const;
    /// Forgets what is not repeated any more.
    void sweep(const Now& now);
    [[nodiscard]] std::size_t remembered() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace fwlearn::collector
