#include "nfnetlink.hpp"

#include <model/errors.hpp>
#include <model/netlink_error.hpp>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>

namespace fwlearn::firewall {
namespace {

/// As much as the kernel puts into one datagram of a dump (netlink_dump() in net/netlink/af_netlink.c).
constexpr std::size_t longest_answer = 32768;

} // namespace

void Nfnetlink::Close::operator()(mnl_socket* socket) const {
    mnl_socket_close(socket);
}

Nfnetlink::Nfnetlink(std::string purpose)
    : purpose_(std::move(purpose)), socket_(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC)),
      buffer_(longest_answer) {
    if (!socket_ || mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
        throw model::SystemError(purpose_, errno);
    }
}

bool Nfnetlink::receive(int flags, const Handler& handler) {
    ssize_t received = 0;
    do {
        received = recv(mnl_socket_get_fd(socket_.get()), buffer_.data(), buffer_.size(), flags);
    } while (received < 0 && errno == EINTR);
    if (received < 0) {
        if (errno == EAGAIN) {
            return false;
        }
        throw model::SystemError(purpose_, errno);
    }
    auto left = static_cast<int>(received);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.data()); // NOLINT: netlink's own layout
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
        handler(message);
    }
    return true;
}

int Nfnetlink::ask(unsigned question, unsigned flags, const std::function<void(nlmsghdr*)>& fill,
                   const std::function<void(const nlmsghdr*)>& handler) {
    alignas(nlmsghdr) std::array<char, 512> request{};
    auto* header = mnl_nlmsg_put_header(request.data());
    header->nlmsg_type = static_cast<std::uint16_t>((NFNL_SUBSYS_NFTABLES << 8) | question);
    header->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    header->nlmsg_seq = ++sequence_;
    auto* general = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
    general->nfgen_family = NFPROTO_INET;
    general->version = NFNETLINK_V0;
    fill(header);
    if (mnl_socket_sendto(socket_.get(), header, header->nlmsg_len) < 0) {
        throw model::SystemError(purpose_, errno);
    }
    const auto port = mnl_socket_get_portid(socket_.get());
    bool interrupted = false;
    std::optional<int> end;
    while (!end) {
        receive(0, [&](const nlmsghdr* message) {
            if (end || !mnl_nlmsg_seq_ok(message, sequence_) || !mnl_nlmsg_portid_ok(message, port)) {
                return;
            }
            interrupted = interrupted || (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
            if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
                const int error = model::netlink_error(message);
                end = error == 0 && interrupted ? EINTR : error;
            } else if (message->nlmsg_type >= NLMSG_MIN_TYPE &&
                       mnl_nlmsg_get_payload_len(message) >= sizeof(nfgenmsg)) {
                handler(message);
            }
        });
    }
    return *end;
}

int Nfnetlink::transact(std::span<const char> batch) {
    // The whole of it has to fit into the socket's buffer.
    const auto wanted = static_cast<int>(batch.size() + longest_answer);
    setsockopt(mnl_socket_get_fd(socket_.get()), SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof wanted);
    if (mnl_socket_sendto(socket_.get(), batch.data(), batch.size()) < 0) {
        throw model::SystemError(purpose_, errno);
    }
    // All is done when it has been sent, and what there is to say of it is there (nfnetlink_rcv_batch() in
    // net/netfilter/nfnetlink.c).
    int first = 0;
    while (receive(MSG_DONTWAIT, [&first](const nlmsghdr* message) {
        if (message->nlmsg_type == NLMSG_ERROR && first == 0) {
            first = model::netlink_error(message);
        }
    })) {
    }
    return first;
}

} // namespace fwlearn::firewall
