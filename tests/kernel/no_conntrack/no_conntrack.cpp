// Makes the program into which it is preloaded (ld.so(8)) meet a kernel without nf_conntrack_netlink: what it
// asks of conntrack goes to a subsystem that no kernel has, so that the kernel's own answer to that is what
// it gets. Knows nothing of fwlearn. A library of its own, preloaded by refusals_test.
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <vector>

namespace {

/// NFNL_SUBSYS_COUNT is 13 in Linux 6.18, and may grow.
constexpr unsigned nobody = 255;

bool is_netfilter(int socket) {
    int domain = 0;
    int protocol = 0;
    socklen_t size = sizeof(int);
    return getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_NETLINK &&
           getsockopt(socket, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
           protocol == NETLINK_NETFILTER;
}

} // namespace

extern "C" ssize_t sendto(int socket, const void* data, size_t size, int flags, const sockaddr* address,
                          socklen_t address_size) {
    std::vector<char> message(static_cast<const char*>(data), static_cast<const char*>(data) + size);
    nlmsghdr header{};
    if (size >= sizeof(header) && is_netfilter(socket)) {
        std::memcpy(&header, message.data(), sizeof(header));
        if (NFNL_SUBSYS_ID(header.nlmsg_type) == NFNL_SUBSYS_CTNETLINK) {
            header.nlmsg_type = static_cast<__u16>(nobody << 8U | NFNL_MSG_TYPE(header.nlmsg_type));
            std::memcpy(message.data(), &header, sizeof(header));
        }
    }
    return syscall(SYS_sendto, socket, message.data(), message.size(), flags, address, address_size);
}
