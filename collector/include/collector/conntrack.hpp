// The kernel's connection tracking: its DESTROY events, and dumps of its table. Not its NEW events: that a
// flow begins the log says, with more, and whoever makes new flows pays for each event that somebody listens
// to. Believes only the kernel. Knows nothing of log messages. Read by the observer.
#pragma once

#include "collector/flow_tracker.hpp"
#include "collector/nflog.hpp"

namespace fwlearn::collector {

class ConntrackEvents {
  public:
    /// Throws SystemError where the kernel has no conntrack, or does not let us listen.
    ConntrackEvents();
    ~ConntrackEvents();
    ConntrackEvents(const ConntrackEvents&) = delete;
    ConntrackEvents& operator=(const ConntrackEvents&) = delete;

    /// Of the socket; and of the memory through which events come where the kernel lets us (EndsRing), or -1.
    /// Each is readable while there is something in it.
    [[nodiscard]] int fd() const;
    [[nodiscard]] int ring_fd() const;
    /// So many have come through that memory: all for which it had room.
    [[nodiscard]] std::uint64_t by_ring() const;
    /// The receive buffer, in octets.
    [[nodiscard]] std::size_t buffer() const;
    /// Events that the kernel could not hand over; modulo 2^32.
    [[nodiscard]] std::uint32_t drops() const;
    /// Up to 64 events, from memory or by one recvmmsg(2); never blocks. The handler gets all of them
    /// together. `lost` of the result stays 0: conntrack numbers no events.
    ReadResult read(const std::function<void(std::span<const ConntrackEntry>)>& handler);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Whether conntrack was told to tell nobody of its entries (net.netfilter.nf_conntrack_events = 0,
/// Documentation/networking/nf_conntrack-sysctl.rst), in this network namespace.
bool conntrack_events_are_off();

/// What conntrack has counted in this network namespace of what it could not do, inbound connections and
/// forwarded packets included (struct ip_conntrack_stat). Sums over all CPUs, modulo 2^32.
struct ConntrackStatistics {
    std::uint32_t dropped = 0;       ///< packets, mostly because the table was full
    std::uint32_t early_dropped = 0; ///< entries, to make room for others
    std::uint32_t insert_failed = 0; ///< entries that clashed with another, or came to a chain too long
};

/// On a socket of its own. Throws SystemError.
ConntrackStatistics conntrack_statistics();

/// Every entry of this network namespace's table, on a socket of its own. Throws SystemError.
void dump_conntrack(const std::function<void(const ConntrackEntry&)>& handler);

} // namespace fwlearn::collector
