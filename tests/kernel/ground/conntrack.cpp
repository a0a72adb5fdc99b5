#include "conntrack.hpp"

#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter/nf_conntrack_common.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>

namespace fwlearn::kernel_test {
namespace {

int count_unanswered(nf_conntrack_msg_type, nf_conntrack* entry, void* count) {
    if ((nfct_get_attr_u32(entry, ATTR_STATUS) & IPS_SEEN_REPLY) == 0) {
        ++*static_cast<std::size_t*>(count);
    }
    return NFCT_CB_CONTINUE;
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
    const Inside inside(lab.server());
    const std::unique_ptr<nfct_handle, int (*)(nfct_handle*)> handle(nfct_open(CONNTRACK, 0), nfct_close);
    if (!handle) {
        throw std::runtime_error("cannot read conntrack's table");
    }
    std::size_t left = 0;
    nfct_callback_register(handle.get(), NFCT_T_ALL, count_unanswered, &left);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    do {
        left = 0;
        const std::uint32_t family = AF_UNSPEC;
        if (nfct_query(handle.get(), NFCT_Q_DUMP, &family) != 0) {
            throw std::runtime_error("cannot list conntrack's table");
        }
        if (left > 0) {
            // An entry's end is told only when it is looked for: there is no event to wait for instead.
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
        }
    } while (left > 0 && std::chrono::steady_clock::now() < deadline);
    if (left > 0) {
        throw std::runtime_error(std::to_string(left) + " entries of conntrack wait for an answer for ever");
    }
}

} // namespace fwlearn::kernel_test
