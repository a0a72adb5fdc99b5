// The kernel's connection tracking: its NEW and DESTROY events, and dumps of its table.
// Believes only the kernel. Knows nothing of log messages. Read by the observer.
#pragma once

#include "collector/flow_tracker.hpp"
#include "collector/nflog.hpp"

namespace fwlearn::collector {

enum class ConntrackChange : std::uint8_t { opened, closed };

class ConntrackEvents {
  public:
    /// Throws SystemError where the kernel has no conntrack, or does not let us listen.
    ConntrackEvents();
    ~ConntrackEvents();
    ConntrackEvents(const ConntrackEvents&) = delete;
    ConntrackEvents& operator=(const ConntrackEvents&) = delete;

    [[nodiscard]] int fd() const;
    /// One recvmsg(2); never blocks. `lost` of the result stays 0: conntrack numbers no events.
    ReadResult read(const std::function<void(ConntrackChange, const ConntrackEntry&)>& handler);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Every entry of this network namespace's table, on a socket of its own. Throws SystemError.
void dump_conntrack(const std::function<void(const ConntrackEntry&)>& handler);

} // namespace fwlearn::collector
