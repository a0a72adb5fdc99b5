#include "conntrack.hpp"

#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter/nf_conntrack_common.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>

namespace fwlearn::kernel_test {
namespace {

using Condition = std::function<bool(const nf_conntrack*)>;

struct Count {
    Condition condition;
    std::size_t entries = 0;
};

int count_one(nf_conntrack_msg_type, nf_conntrack* entry, void* to) {
    auto* count = static_cast<Count*>(to);
    count->entries += count->condition(entry) ? 1 : 0;
    return NFCT_CB_CONTINUE;
}

std::size_t count_those(const Lab& lab, Condition condition) {
    const Inside inside(lab.server());
    const std::unique_ptr<nfct_handle, int (*)(nfct_handle*)> handle(nfct_open(CONNTRACK, 0), nfct_close);
    if (!handle) {
        throw std::runtime_error("cannot read conntrack's table");
    }
    Count count{std::move(condition)};
    nfct_callback_register(handle.get(), NFCT_T_ALL, count_one, &count);
    const std::uint32_t family = AF_UNSPEC;
    if (nfct_query(handle.get(), NFCT_Q_DUMP, &family) != 0) {
        throw std::runtime_error("cannot list conntrack's table");
    }
    return count.entries;
}

bool is_unanswered(const nf_conntrack* entry) {
    return (nfct_get_attr_u32(entry, ATTR_STATUS) & IPS_SEEN_REPLY) == 0;
}

} // namespace

void shorten_timeouts(const Lab& lab) {
    for (const auto* name : {"tcp_timeout_syn_sent", "udp_timeout", "udp_timeout_stream", "icmp_timeout",
                             "icmpv6_timeout", "generic_timeout"}) {
        set_sysctl(lab.server(), std::string("net/netfilter/nf_conntrack_") + name, "3");
    }
    // Compiled in or not, as the kernel was made; without them these protocols are generic.
    for (const auto* name : {"sctp_timeout_cookie_wait", "gre_timeout", "gre_timeout_stream"}) {
        try {
            set_sysctl(lab.server(), std::string("net/netfilter/nf_conntrack_") + name, "3");
        } catch (const std::system_error&) {
            continue;
        }
    }
}

void wait_for_unanswered_to_end(const Lab& lab) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (const auto left = count_those(lab, is_unanswered)) {
        if (std::chrono::steady_clock::now() >= deadline) {
            throw std::runtime_error(std::to_string(left) +
                                     " entries of conntrack wait for an answer for ever");
        }
        // An entry's end is told only when it is looked for: there is no event to wait for instead.
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
}

std::size_t count_entries(const Lab& lab, const model::Destination& destination) {
    return count_those(lab, [&destination](const nf_conntrack* entry) {
        const bool ipv4 = nfct_get_attr_u8(entry, ATTR_ORIG_L3PROTO) == AF_INET;
        const auto octets = destination.address.octets();
        const auto* seen = nfct_get_attr(entry, ipv4 ? ATTR_ORIG_IPV4_DST : ATTR_ORIG_IPV6_DST);
        return ipv4 == (destination.address.family() == model::Family::ipv4) &&
               nfct_get_attr_u8(entry, ATTR_ORIG_L4PROTO) == destination.service.protocol.number &&
               std::memcmp(seen, octets.data(), octets.size()) == 0;
    });
}

void forget_connections(const Lab& lab) {
    const Inside inside(lab.server());
    const std::unique_ptr<nfct_handle, int (*)(nfct_handle*)> handle(nfct_open(CONNTRACK, 0), nfct_close);
    for (const std::uint32_t family : {std::uint32_t{AF_INET}, std::uint32_t{AF_INET6}}) {
        if (!handle || nfct_query(handle.get(), NFCT_Q_FLUSH, &family) != 0) {
            throw std::runtime_error("cannot flush conntrack's table");
        }
    }
}

} // namespace fwlearn::kernel_test
