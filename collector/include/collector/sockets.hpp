// The sockets that are there at one moment (sock_diag(7)): whose they are and which way they were opened.
// Tells about connections that began before the collector did. Read once at start, by the observer.
#pragma once

#include "collector/tuple.hpp"

#include <vector>

namespace fwlearn::collector {

struct OpenSocket {
    /// As conntrack would have it if this host opened the connection: the source is ours.
    Tuple tuple;
    std::uint32_t uid = 0;
    /// The local port is one that a socket of this host listens on, so the other side opened it.
    bool inbound = false;
};

/// TCP sockets of connections that are not closed yet, and connected UDP sockets, IPv4 and IPv6, of this
/// network namespace. IPv4-mapped addresses are folded to IPv4. Throws SystemError.
std::vector<OpenSocket> connected_sockets();

} // namespace fwlearn::collector
