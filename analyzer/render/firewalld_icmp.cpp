#include "firewalld_icmp.hpp"

namespace fwlearn::analyzer {
namespace {

using model::protocol::icmp;
using model::protocol::icmpv6;

struct Name {
    model::Protocol protocol;
    std::uint8_t type = 0;
    int code = -1; ///< -1: all of them
    const char* name = nullptr;
};

// As firewall/core/nftables.py translates them (ICMP_TYPES_FRAGMENTS, firewalld 1.3). Of the errors, which
// are all fixed parts, only the whole types.
constexpr Name names[] = {
    {icmp, 0, -1, "echo-reply"},
    {icmp, 3, -1, "destination-unreachable"},
    {icmp, 4, -1, "source-quench"},
    {icmp, 5, -1, "redirect"},
    {icmp, 5, 0, "network-redirect"},
    {icmp, 5, 1, "host-redirect"},
    {icmp, 5, 2, "tos-network-redirect"},
    {icmp, 5, 3, "tos-host-redirect"},
    {icmp, 8, -1, "echo-request"},
    {icmp, 9, -1, "router-advertisement"},
    {icmp, 10, -1, "router-solicitation"},
    {icmp, 11, -1, "time-exceeded"},
    {icmp, 12, -1, "parameter-problem"},
    {icmp, 13, -1, "timestamp-request"},
    {icmp, 14, -1, "timestamp-reply"},
    {icmpv6, 1, -1, "destination-unreachable"},
    {icmpv6, 2, -1, "packet-too-big"},
    {icmpv6, 3, -1, "time-exceeded"},
    {icmpv6, 4, -1, "parameter-problem"},
    {icmpv6, 128, -1, "echo-request"},
    {icmpv6, 129, -1, "echo-reply"},
    {icmpv6, 133, -1, "router-solicitation"},
    {icmpv6, 134, -1, "router-advertisement"},
    {icmpv6, 135, -1, "neighbour-solicitation"},
    {icmpv6, 136, -1, "neighbour-advertisement"},
    {icmpv6, 137, -1, "redirect"},
};

} // namespace

const char* firewalld_icmp_type(const model::Protocol& protocol, const model::DetailRange& details) {
    constexpr int all_codes = 255;
    for (const auto& [of, type, code, name] : names) {
        const int first = type * 256 + (code < 0 ? 0 : code);
        const int last = type * 256 + (code < 0 ? all_codes : code);
        if (of == protocol && details.first == first && details.last == last) {
            return name;
        }
    }
    return nullptr;
}

} // namespace fwlearn::analyzer
