#include "named_counter.hpp"

#include <model/errors.hpp>

#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>

namespace fwlearn::firewall {
namespace {

constexpr const char* purpose = "cannot read the observation table's counter";

struct CloseSocket {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};

using Packets = std::optional<std::uint64_t>;

int read_data(const nlattr* attribute, void* packets) {
    if (mnl_attr_get_type(attribute) == NFTA_COUNTER_PACKETS &&
        mnl_attr_validate(attribute, MNL_TYPE_U64) >= 0) {
        *static_cast<Packets*>(packets) = be64toh(mnl_attr_get_u64(attribute));
    }
    return MNL_CB_OK;
}

int read_object(const nlattr* attribute, void* packets) {
    return mnl_attr_get_type(attribute) == NFTA_OBJ_DATA
               ? mnl_attr_parse_nested(attribute, read_data, packets)
               : MNL_CB_OK;
}

int read_message(const nlmsghdr* message, void* packets) {
    return mnl_attr_parse(message, sizeof(nfgenmsg), read_object, packets);
}

} // namespace

std::uint64_t packets_counted(const std::string& table, const std::string& counter) {
    const std::unique_ptr<mnl_socket, CloseSocket> socket(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC));
    if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
        throw model::SystemError(purpose, errno);
    }
    alignas(nlmsghdr) std::array<char, 512> request{};
    auto* header = mnl_nlmsg_put_header(request.data());
    header->nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETOBJ;
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    auto* general = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
    general->nfgen_family = NFPROTO_INET;
    general->version = NFNETLINK_V0;
    mnl_attr_put_strz(header, NFTA_OBJ_TABLE, table.c_str());
    mnl_attr_put_strz(header, NFTA_OBJ_NAME, counter.c_str());
    mnl_attr_put_u32(header, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
    if (mnl_socket_sendto(socket.get(), header, header->nlmsg_len) < 0) {
        throw model::SystemError(purpose, errno);
    }
    Packets packets;
    alignas(nlmsghdr) std::array<char, 8192> answer{};
    const auto port = mnl_socket_get_portid(socket.get());
    for (int more = MNL_CB_OK; more > MNL_CB_STOP;) { // the counter, then the acknowledgement
        const auto length = mnl_socket_recvfrom(socket.get(), answer.data(), answer.size());
        more = length < 0 ? MNL_CB_ERROR
                          : mnl_cb_run(answer.data(), static_cast<std::size_t>(length), 0, port, read_message,
                                       &packets);
        if (more < MNL_CB_STOP) {
            throw model::SystemError(purpose, errno);
        }
    }
    if (!packets) {
        throw model::SystemError(purpose);
    }
    return *packets;
}

} // namespace fwlearn::firewall
