// The netlink sockets of a process that observes, reached from outside (pidfd_getfd(2)): how much they hold,
// how much they may hold, what the kernel dropped, and their addresses. Knows nothing of what comes through
// them. Used by the kernel tests.
#pragma once

#include "fd.hpp"
#include "netns.hpp"

#include <cstdint>

namespace fwlearn::kernel_test {

class Process;

struct NetlinkSockets {
    explicit NetlinkSockets(const Process& observing);

    Fd log;    ///< of NFLOG
    Fd events; ///< of conntrack
};

/// A receive buffer of about so many octets, from now on.
void set_buffer(const Fd& socket, int octets);
std::uint32_t octets_held(const Fd& socket);
std::uint32_t buffer_of(const Fd& socket);
/// nl_pid, to send to.
std::uint32_t port_of(const Fd& socket);
/// The column Drops of /proc/net/netlink.
std::uint64_t drops_of(const Namespace& where, const Fd& socket);

} // namespace fwlearn::kernel_test
