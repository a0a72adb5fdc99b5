#include "netlink.hpp"

#include <model/netlink_error.hpp>

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace fwlearn::collector::netlink {

Socket open(int family, unsigned groups, const std::string& purpose) {
    Socket socket(mnl_socket_open2(family, SOCK_CLOEXEC));
    if (!socket || mnl_socket_bind(socket.get(), groups, MNL_SOCKET_AUTOPID) < 0) {
        throw model::SystemError(purpose, errno);
    }
    return socket;
}

Received receive(int fd, std::span<char> buffer, std::size_t& length) {
    sockaddr_nl sender{};
    iovec io{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &io;
    message.msg_iovlen = 1;
    for (;;) {
        const ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT);
        if (got >= 0) {
            length = static_cast<std::size_t>(got);
            // netlink(7): nl_pid of the kernel is 0. Any process may send to a netlink socket.
            return sender.nl_pid == 0 ? Received::data : Received::forged;
        }
        switch (errno) {
        case EINTR:
            continue;
        case EAGAIN:
            return Received::nothing;
        case ENOBUFS:
            return Received::overrun;
        default:
            throw model::SystemError("cannot read from the kernel (netlink)", errno);
        }
    }
}

Inbox::Brought Inbox::receive(int fd, const std::function<void(std::span<const char>)>& handler) {
    const auto buffer = buffer_.octets();
    std::array<sockaddr_nl, messages> senders{};
    std::array<iovec, messages> parts{};
    std::array<mmsghdr, messages> headers{};
    for (std::size_t index = 0; index < messages; ++index) {
        parts.at(index) = {buffer.data() + index * longest, longest};
        headers.at(index).msg_hdr.msg_name = &senders.at(index);
        headers.at(index).msg_hdr.msg_namelen = sizeof(sockaddr_nl);
        headers.at(index).msg_hdr.msg_iov = &parts.at(index);
        headers.at(index).msg_hdr.msg_iovlen = 1;
    }
    Brought brought;
    int count = 0;
    while ((count = recvmmsg(fd, headers.data(), messages, MSG_DONTWAIT, nullptr)) < 0) {
        if (errno == EAGAIN) {
            return brought;
        }
        if (errno == ENOBUFS) {
            brought.more = brought.overrun = true;
            return brought;
        }
        if (errno != EINTR) {
            throw model::SystemError("cannot read from the kernel (netlink)", errno);
        }
    }
    for (std::size_t index = 0; index < static_cast<std::size_t>(count); ++index) {
        const auto& header = headers.at(index);
        if (senders.at(index).nl_pid != 0) { // as above
            ++brought.forged;
        } else if ((header.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
            ++brought.too_long;
        } else {
            handler(buffer.subspan(index * longest, header.msg_len));
        }
    }
    // Fewer than were asked for: nothing was left then, or an error that the next call tells.
    brought.more = static_cast<std::size_t>(count) == messages;
    return brought;
}

std::size_t enlarge_buffer(int fd) {
    // Filled only while the collector does not get to read: a checkpoint of the record on a busy disk may
    // keep it for a second, in which a busy server's log, DNS copies included, comes to more than 8 MiB. And
    // conntrack's events of 20,000 flows, begin and end, take 49 MiB:
    // 1,280 octets each, most of which is a buffer's own need (Linux 6.18; 20,000 log messages take 2.6 MiB).
    constexpr int wanted = 64 * 1024 * 1024;
    // Beyond net.core.rmem_max it wants CAP_NET_ADMIN, which every caller needs anyway.
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
    }
    int got = 0;
    socklen_t size = sizeof got;
    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &size);
    return static_cast<std::size_t>(std::max(got, 0)) /
           2; // the kernel says twice what it was told (socket(7))
}

std::uint32_t drops(int fd) {
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t size = sizeof memory;
    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0) {
        throw model::SystemError("cannot ask a netlink socket what it has dropped", errno);
    }
    return memory[SK_MEMINFO_DROPS];
}

bool for_each_message(std::span<const char> data, const std::string& purpose, const Handler& handler) {
    const auto* message = reinterpret_cast<const nlmsghdr*>(data.data()); // NOLINT: netlink's own layout
    for (int left = static_cast<int>(data.size()); mnl_nlmsg_ok(message, left);
         message = mnl_nlmsg_next(message, &left)) {
        if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
            if (const int error = model::netlink_error(message); error != 0) {
                throw model::SystemError(purpose, error);
            }
            return false;
        }
        handler(message);
    }
    return true;
}

void dump(mnl_socket* socket, const nlmsghdr* request, const std::string& purpose, const Handler& handler) {
    if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0) {
        throw model::SystemError(purpose, errno);
    }
    Buffer memory(buffer_size);
    const auto buffer = memory.octets();
    for (bool more = true; more;) {
        // The kernel fills a dump as fast as it is read, so this waits for nobody else.
        const auto length = mnl_socket_recvfrom(socket, buffer.data(), buffer.size());
        if (length < 0) {
            throw model::SystemError(purpose, errno);
        }
        more = for_each_message(buffer.first(static_cast<std::size_t>(length)), purpose, handler);
    }
}

} // namespace fwlearn::collector::netlink
