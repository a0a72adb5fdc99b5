#include "firewall/prime_conntrack.hpp"

#include "nftables.hpp"

#include <model/errors.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack_tcp.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <memory>

namespace fwlearn::firewall {
namespace {

constexpr const char* purpose = "cannot make open connections known to the kernel's connection tracking";

struct CloseHandle {
    void operator()(nfct_handle* handle) const { nfct_close(handle); }
};
struct DestroyEntry {
    void operator()(nf_conntrack* entry) const { nfct_destroy(entry); }
};
using Handle = std::unique_ptr<nfct_handle, CloseHandle>;
using Entry = std::unique_ptr<nf_conntrack, DestroyEntry>;

/// Seconds, as net.netfilter has it.
std::uint32_t timeout_of(const char* name, std::uint32_t usual) {
    std::ifstream file(std::string("/proc/sys/net/netfilter/nf_conntrack_") + name);
    std::uint32_t seconds = usual;
    return (file >> seconds) ? seconds : usual;
}

void set_tuple(nf_conntrack* entry, const OpenConnection& open) {
    const auto& source = open.inbound ? open.remote : open.local;
    const auto& destination = open.inbound ? open.local : open.remote;
    const bool ipv4 = source.family() == model::Family::ipv4;
    nfct_set_attr_u8(entry, ATTR_L3PROTO, ipv4 ? AF_INET : AF_INET6);
    nfct_set_attr(entry, ipv4 ? ATTR_IPV4_SRC : ATTR_IPV6_SRC, source.octets().data());
    nfct_set_attr(entry, ipv4 ? ATTR_IPV4_DST : ATTR_IPV6_DST, destination.octets().data());
    nfct_set_attr_u8(entry, ATTR_L4PROTO, open.protocol.number);
    nfct_set_attr_u16(entry, ATTR_PORT_SRC, htons(open.inbound ? open.remote_port : open.local_port));
    nfct_set_attr_u16(entry, ATTR_PORT_DST, htons(open.inbound ? open.local_port : open.remote_port));
}

/// As conntrackd(8) makes entries of another host's connections (build.c, parse.c): where they are in their
/// windows is not known, so the kernel is asked to be liberal in both directions.
void set_established(nf_conntrack* entry, const OpenConnection& open) {
    nfct_setobjopt(entry, NFCT_SOPT_SETUP_REPLY);
    nfct_set_attr_u32(entry, ATTR_STATUS, IPS_SEEN_REPLY | IPS_ASSURED | IPS_CONFIRMED);
    if (open.protocol == model::protocol::tcp) {
        static const auto seconds = timeout_of("tcp_timeout_established", 432000);
        nfct_set_attr_u32(entry, ATTR_TIMEOUT, seconds);
        nfct_set_attr_u8(entry, ATTR_TCP_STATE, TCP_CONNTRACK_ESTABLISHED);
        constexpr std::uint8_t liberal = IP_CT_TCP_FLAG_BE_LIBERAL;
        for (const auto attribute :
             {ATTR_TCP_FLAGS_ORIG, ATTR_TCP_MASK_ORIG, ATTR_TCP_FLAGS_REPL, ATTR_TCP_MASK_REPL}) {
            nfct_set_attr_u8(entry, attribute, liberal);
        }
    } else {
        static const auto seconds = timeout_of("udp_timeout_stream", 120);
        nfct_set_attr_u32(entry, ATTR_TIMEOUT, seconds);
    }
}

int keep_answered(nf_conntrack_msg_type, nf_conntrack* entry, void* to) {
    *static_cast<bool*>(to) = (nfct_get_attr_u32(entry, ATTR_STATUS) & IPS_SEEN_REPLY) != 0;
    return NFCT_CB_CONTINUE;
}

/// There is an entry for it, whichever way round, and an answer has been seen: the kernel looks a tuple up in
/// both directions (nf_conntrack_find_get()), and behind address translation too.
bool is_known(nfct_handle* handle, const OpenConnection& open) {
    const Entry wanted(nfct_new());
    bool answered = false;
    if (wanted) {
        set_tuple(wanted.get(), open);
        nfct_callback_register(handle, NFCT_T_ALL, keep_answered, &answered);
        nfct_query(handle, NFCT_Q_GET, wanted.get());
        nfct_callback_unregister(handle);
    }
    return answered;
}

bool make_known(nfct_handle* handle, const OpenConnection& open) {
    const Entry entry(nfct_new());
    if (!entry) {
        return false;
    }
    set_tuple(entry.get(), open);
    set_established(entry.get(), open);
    // A packet may have made an entry meanwhile, without an answer so far: then that is changed.
    return nfct_query(handle, NFCT_Q_CREATE_UPDATE, entry.get()) == 0;
}

} // namespace

Primed prime_conntrack(const std::function<std::vector<OpenConnection>()>& connections) {
    Nftables().run(fmt::format("table inet {0}\ndelete table inet {0}\ntable inet {0} {{\n\tchain output {{\n"
                               "\t\ttype filter hook output priority mangle; policy accept;\n"
                               "\t\tct state established accept\n\t}}\n}}\n",
                               priming_table_name),
                   purpose);
    const Handle handle(nfct_open(CONNTRACK, 0));
    if (!handle) {
        throw model::SystemError(purpose, errno);
    }
    Primed primed;
    for (const auto& open : connections()) {
        if (open.remote.is_loopback()) {
            continue; // a fixed part accepts it
        }
        if (is_known(handle.get(), open)) {
            ++primed.known;
        } else {
            ++(make_known(handle.get(), open) ? primed.made : primed.failed);
        }
    }
    return primed;
}

} // namespace fwlearn::firewall
