#include "analyzer/fixed_parts.hpp"

#include <algorithm>
#include <array>

namespace fwlearn::analyzer {
namespace {

using model::protocol::icmp;
using model::protocol::icmpv6;

// RFC 792: destination unreachable, time exceeded, parameter problem.
constexpr std::array<std::uint8_t, 3> icmp_errors{3, 11, 12};
// RFC 4443: destination unreachable, packet too big, time exceeded, parameter problem.
constexpr std::array<std::uint8_t, 4> icmpv6_errors{1, 2, 3, 4};
// RFC 4861: router solicitation, neighbour solicitation and advertisement.
constexpr std::array<std::uint8_t, 3> neighbour_discovery{133, 135, 136};
// RFC 2710 and RFC 3810: without reports a snooping switch forgets the groups that discovery needs.
constexpr std::array<std::uint8_t, 3> multicast_listener{131, 132, 143};

constexpr std::array<FixedIcmp, 4> icmp_parts{{
    {icmp, icmp_errors, "path-MTU and error messages"},
    {icmpv6, icmpv6_errors, "path-MTU and error messages"},
    {icmpv6, neighbour_discovery, "IPv6 neighbour discovery"},
    {icmpv6, multicast_listener, "IPv6 multicast listener reports"},
}};

constexpr std::array<FixedUdp, 2> udp_parts{{
    {model::Family::ipv4, 67, "DHCP renewal"},
    {model::Family::ipv6, 547, "DHCPv6 renewal"},
}};

} // namespace

std::span<const FixedIcmp> fixed_icmp() {
    return icmp_parts;
}

std::span<const FixedUdp> fixed_udp() {
    return udp_parts;
}

const char* admitted_by_fixed_part(const model::FlowKey& key) {
    const auto& [service, address] = key.destination;
    for (const auto& part : icmp_parts) {
        const auto family = part.protocol == icmp ? model::Family::ipv4 : model::Family::ipv6;
        if (part.protocol == service.protocol && address.family() == family &&
            std::binary_search(part.types.begin(), part.types.end(), service.icmp_type())) {
            return part.why;
        }
    }
    const bool system_user = key.owner.kind == model::OwnerKind::user && key.owner.uid <= last_system_uid;
    for (const auto& part : udp_parts) {
        if (system_user && service == model::Service::port(model::protocol::udp, part.port) &&
            address.family() == part.family) {
            return part.why;
        }
    }
    return nullptr;
}

} // namespace fwlearn::analyzer
