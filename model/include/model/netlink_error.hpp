// The error that an answer of netlink's tells of. Knows nothing of what was asked. Used by the rooms that ask
// the kernel: collector and firewall.
#pragma once

#include <linux/netlink.h>

#include <cerrno>
#include <cstring>

namespace fwlearn::model {

/// The error number that stands at the begin of NLMSG_ERROR (struct nlmsgerr), and of NLMSG_DONE where a dump
/// ended with one (netlink_dump_done() in net/netlink/af_netlink.c); EBADMSG where NLMSG_ERROR is too short
/// for one; 0 where there is none.
inline int netlink_error(const nlmsghdr* message) {
    int error = 0;
    if (message->nlmsg_len < NLMSG_HDRLEN + sizeof error) {
        return message->nlmsg_type == NLMSG_ERROR ? EBADMSG : 0;
    }
    std::memcpy(&error, reinterpret_cast<const char*>(message) + NLMSG_HDRLEN, sizeof error); // NOLINT
    return error < 0 ? -error : 0;
}

} // namespace fwlearn::model
