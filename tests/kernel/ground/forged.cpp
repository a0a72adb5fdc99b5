#include "forged.hpp"

#include "failure.hpp"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>

#include <array>
#include <cstring>
#include <memory>

namespace fwlearn::kernel_test {
namespace {

constexpr std::uint16_t source_port = 40000;

std::uint32_t ipv4(const model::Address& address) {
    std::uint32_t value = 0;
    std::memcpy(&value, address.octets().data(), sizeof value);
    return value;
}

nlmsghdr* begin(Message& message, int subsystem, int type, std::uint8_t family, std::uint16_t resource) {
    message.assign(4096, 0);
    auto* header = mnl_nlmsg_put_header(message.data());
    header->nlmsg_type = static_cast<std::uint16_t>((subsystem << 8) | type);
    auto* general = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
    general->nfgen_family = family;
    general->version = NFNETLINK_V0;
    general->res_id = htons(resource);
    return header;
}

Fd netfilter_socket() {
    return Fd(must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER), "netlink socket"));
}

void send_to(const Fd& socket, std::uint32_t port, const Message& message) {
    sockaddr_nl to{};
    to.nl_family = AF_NETLINK;
    to.nl_pid = port;
    must(static_cast<int>(sendto(socket.get(), message.data(), message.size(), 0,
                                 reinterpret_cast<const sockaddr*>(&to), sizeof to)), // NOLINT
         "send a netlink message");
}

} // namespace

Message forged_log_message(const Lab& lab, const model::Address& destination, std::uint16_t port,
                           std::uint16_t group, const char* prefix, std::uint32_t uid) {
    struct {
        iphdr ip;
        udphdr udp;
        char octet;
    } __attribute__((packed)) packet{};
    packet.ip.version = 4;
    packet.ip.ihl = 5;
    packet.ip.tot_len = htons(sizeof packet);
    packet.ip.ttl = 64;
    packet.ip.protocol = IPPROTO_UDP;
    packet.ip.saddr = ipv4(Lab::server_address(model::Family::ipv4));
    packet.ip.daddr = ipv4(destination);
    packet.udp.source = htons(source_port);
    packet.udp.dest = htons(port);
    packet.udp.len = htons(sizeof packet - sizeof packet.ip);

    Message message;
    auto* header = begin(message, NFNL_SUBSYS_ULOG, NFULNL_MSG_PACKET, AF_INET, group);
    const nfulnl_msg_packet_hdr head{htons(0x0800), NF_INET_LOCAL_OUT, 0};
    mnl_attr_put(header, NFULA_PACKET_HDR, sizeof head, &head);
    mnl_attr_put_strz(header, NFULA_PREFIX, prefix);
    const Inside inside(lab.server());
    mnl_attr_put_u32(header, NFULA_IFINDEX_OUTDEV, htonl(if_nametoindex(Lab::cable)));
    mnl_attr_put_u32(header, NFULA_UID, htonl(uid));
    mnl_attr_put_u32(header, NFULA_GID, htonl(uid));
    mnl_attr_put(header, NFULA_PAYLOAD, sizeof packet, &packet);
    message.resize(header->nlmsg_len);
    return message;
}

Message forged_event(const model::Address& destination, std::uint16_t port) {
    const std::unique_ptr<nf_conntrack, void (*)(nf_conntrack*)> entry(nfct_new(), nfct_destroy);
    nfct_set_attr_u8(entry.get(), ATTR_L3PROTO, AF_INET);
    nfct_set_attr_u32(entry.get(), ATTR_IPV4_SRC, ipv4(Lab::server_address(model::Family::ipv4)));
    nfct_set_attr_u32(entry.get(), ATTR_IPV4_DST, ipv4(destination));
    nfct_set_attr_u8(entry.get(), ATTR_L4PROTO, IPPROTO_UDP);
    nfct_set_attr_u16(entry.get(), ATTR_PORT_SRC, htons(source_port));
    nfct_set_attr_u16(entry.get(), ATTR_PORT_DST, htons(port));
    nfct_setobjopt(entry.get(), NFCT_SOPT_SETUP_REPLY);
    nfct_set_attr_u32(entry.get(), ATTR_STATUS, 0);
    nfct_set_attr_u32(entry.get(), ATTR_TIMEOUT, 30);
    Message message;
    auto* header = begin(message, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW, AF_INET, 0);
    header->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
    must(nfct_nlmsg_build(header, entry.get()), "nfct_nlmsg_build");
    message.resize(header->nlmsg_len);
    return message;
}

void send_forged(const Namespace& where, std::uint32_t to_port, const Message& message, unsigned times) {
    const Inside inside(where);
    const Fd socket = netfilter_socket();
    for (unsigned i = 0; i < times; ++i) {
        send_to(socket, to_port, message);
    }
}

Fd hold_group(const Namespace& where, std::uint16_t group) {
    const Inside inside(where);
    Fd holder = netfilter_socket();
    Message message;
    auto* header = begin(message, NFNL_SUBSYS_ULOG, NFULNL_MSG_CONFIG, AF_UNSPEC, group);
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    const nfulnl_msg_config_cmd command{NFULNL_CFG_CMD_BIND};
    mnl_attr_put(header, NFULA_CFG_CMD, sizeof command, &command);
    message.resize(header->nlmsg_len);
    constexpr std::uint32_t kernel = 0;
    send_to(holder, kernel, message);
    std::array<char, 4096> answer{};
    const auto length = must(static_cast<int>(recv(holder.get(), answer.data(), answer.size(), 0)), "recv");
    // 0: NLMSG_ERROR without an error, which is the acknowledgement.
    must(mnl_cb_run(answer.data(), static_cast<std::size_t>(length), 0, 0, nullptr, nullptr),
         "bind the group");
    return holder;
}

} // namespace fwlearn::kernel_test
