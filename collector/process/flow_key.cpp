#include "flow_key.hpp"

#include <model/errors.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 // Linux 5.14, include/uapi/asm-generic/socket.h
#endif

namespace fwlearn::collector::process {

std::uint64_t own_netns_cookie() {
    const int socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    std::uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    const bool told =
        socket_fd >= 0 && getsockopt(socket_fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) == 0;
    if (socket_fd >= 0) {
        close(socket_fd);
    }
    if (!told) {
        throw model::SystemError(
            "cannot load the BPF programs that name processes: the kernel does not number network "
            "namespaces (needs Linux 5.14)");
    }
    return cookie;
}

fwlearn_flow_key key_of(const Tuple& tuple, std::uint64_t netns_cookie) {
    fwlearn_flow_key key{};
    key.netns = netns_cookie;
    const auto octets = tuple.destination.address.octets();
    if (octets.size() == 4) {
        key.destination[10] = 0xff;
        key.destination[11] = 0xff;
    }
    std::copy(octets.begin(), octets.end(),
              key.destination + (16 - octets.size())); // NOLINT: C's own layout
    key.source_port = tuple.source_detail;
    key.destination_port = tuple.destination.service.detail;
    key.protocol = tuple.destination.service.protocol.number;
    return key;
}

} // namespace fwlearn::collector::process
