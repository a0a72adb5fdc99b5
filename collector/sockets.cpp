#include "collector/sockets.hpp"

#include "netlink.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <set>

namespace fwlearn::collector {
namespace {

constexpr const char* purpose = "cannot list the sockets of this host";

/// Those in which there is a connection that may still carry data from this host.
constexpr std::uint32_t connected_states = 1U << TCP_ESTABLISHED | 1U << TCP_SYN_SENT | 1U << TCP_CLOSE_WAIT;

struct Snapshot {
    std::vector<OpenSocket> sockets;
    std::set<std::uint16_t> listening; ///< TCP ports

    void add(const inet_diag_msg& message, model::Protocol protocol) {
        if (protocol == model::protocol::tcp && message.idiag_state == TCP_LISTEN) {
            listening.insert(ntohs(message.id.idiag_sport));
            return;
        }
        const auto address = [&message](const std::uint32_t(&words)[4]) {
            const auto* octets = reinterpret_cast<const std::uint8_t*>(words); // NOLINT: the kernel's layout
            return message.idiag_family == AF_INET
                       ? model::Address::v4(std::span<const std::uint8_t, 4>(octets, 4))
                       : model::Address::v6(std::span<const std::uint8_t, 16>(octets, 16)).unmapped();
        };
        sockets.push_back(
            {{address(message.id.idiag_src),
              {model::Service::port(protocol, ntohs(message.id.idiag_dport)), address(message.id.idiag_dst)},
              ntohs(message.id.idiag_sport)},
             message.idiag_uid,
             false,
             protocol == model::protocol::tcp && message.idiag_state == TCP_SYN_SENT,
             message.idiag_inode});
    }
};

void dump(const netlink::Socket& socket, std::uint8_t family, model::Protocol protocol, std::uint32_t states,
          Snapshot& snapshot) {
    std::array<char, 256> request{};
    auto* header = mnl_nlmsg_put_header(request.data());
    header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    auto* wanted =
        static_cast<inet_diag_req_v2*>(mnl_nlmsg_put_extra_header(header, sizeof(inet_diag_req_v2)));
    wanted->sdiag_family = family;
    wanted->sdiag_protocol = protocol.number;
    // UDP sockets are in state ESTABLISHED when connected and in CLOSE when not (net/ipv4/udp_diag.c).
    wanted->idiag_states = states;
    try {
        netlink::dump(socket.get(), header, purpose, [&](const nlmsghdr* message) {
            if (mnl_nlmsg_get_payload_len(message) >= sizeof(inet_diag_msg)) {
                snapshot.add(*static_cast<const inet_diag_msg*>(mnl_nlmsg_get_payload(message)), protocol);
            }
        });
    } catch (const model::SystemError& error) {
        if (error.error_number() != ENOENT) { // no diagnosis module for this protocol, and so nothing to tell
            throw;
        }
    }
}

} // namespace

std::vector<OpenSocket> connected_sockets() {
    const auto socket = netlink::open(NETLINK_SOCK_DIAG, 0, purpose);
    Snapshot snapshot;
    for (const auto family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
        dump(socket, family, model::protocol::tcp, connected_states | 1U << TCP_LISTEN, snapshot);
        dump(socket, family, model::protocol::udp, connected_states, snapshot);
    }
    for (auto& open : snapshot.sockets) {
        open.inbound = open.tuple.destination.service.protocol == model::protocol::tcp &&
                       snapshot.listening.contains(open.tuple.source_detail);
    }
    return std::move(snapshot.sockets);
}

std::vector<OpenSocket> sending_sockets() {
    const auto socket = netlink::open(NETLINK_SOCK_DIAG, 0, purpose);
    Snapshot snapshot;
    for (const auto family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
        dump(socket, family, model::protocol::tcp, connected_states, snapshot);
        dump(socket, family, model::protocol::udp, connected_states | 1U << TCP_CLOSE, snapshot);
        dump(socket, family, model::protocol::udplite, connected_states | 1U << TCP_CLOSE, snapshot);
    }
    return std::move(snapshot.sockets);
}

} // namespace fwlearn::collector
