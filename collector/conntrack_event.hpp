// One event of conntrack's as the kernel writes it (ctnetlink_conntrack_event() in
// net/netfilter/nf_conntrack_netlink.c). libnetfilter_conntrack reads dumps; events come by the hundred
// thousand a second, and for those it does too much: it allocates, clears and fills an object of all that an
// entry may have. The unit test holds the two against each other.
// Knows nothing of sockets. Private to this room.
#pragma once

#include "collector/flow_tracker.hpp"

#include <optional>
#include <span>

namespace fwlearn::collector {

/// `attributes`: what follows the message's struct nfgenmsg. Nothing where there is no tuple in it.
std::optional<ConntrackEntry> read_conntrack_event(std::span<const std::uint8_t> attributes);

/// What a TCP entry's state (enum tcp_conntrack) says.
void take_tcp_state(ConntrackEntry& entry, std::uint8_t state);
/// enum ip_conntrack_status.
void take_status(ConntrackEntry& entry, std::uint32_t status);

} // namespace fwlearn::collector
