// The independent checker: what a whitelist says to the first packet of a new flow, worked out from the
// whitelist's data alone. Shares no code with suggest and render, so that their mistakes are not repeated
// here; the kernel is asked the same questions in tests/kernel. Called by tests, and by whatever has to judge
// flows.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// A packet that conntrack calls new and that does not leave through loopback.
struct Packet {
    model::SocketOwner owner;
    model::Destination destination;
    /// The cgroup in which the socket was made, as /proc/PID/cgroup has it (/system.slice/cron.service);
    /// empty where it is not known, and then no rule by unit takes the packet.
    model::ForeignText cgroup{};
};

struct Verdict {
    bool accepted = false;
    std::string why; ///< the rule's id, the fixed part's name, or "no rule"
};

/// A packet of an unknown owner is matched by rules for everybody alone.
Verdict verdict(const model::Whitelist& whitelist, const Packet& packet);

} // namespace fwlearn::analyzer
