// The sockets that are there at one moment (sock_diag(7)): whose they are and which way they were opened.
// Tells about connections that began before the collector did, and, where nothing better is to be had, who
// may have sent. Read by the observer at start, and by the attributor's means.
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
    /// TCP that this host is opening, and that was not answered yet.
    bool opening = false;
    std::uint32_t inode = 0; ///< as /proc/PID/fd has it: "socket:[INODE]"
};

/// TCP sockets of connections that are not closed yet, and connected UDP sockets, IPv4 and IPv6, of this
/// network namespace. IPv4-mapped addresses are folded to IPv4. Throws SystemError.
std::vector<OpenSocket> connected_sockets();

/// What may be sending at this moment, to be found by its ports: the same TCP sockets, and all of UDP and
/// UDP-Lite. Of those that are not connected the destination is unspecified. Throws SystemError.
std::vector<OpenSocket> sending_sockets();

} // namespace fwlearn::collector
