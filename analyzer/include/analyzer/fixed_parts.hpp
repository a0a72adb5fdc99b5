// The parts of every whitelist that no record has to earn, since without them a host locks itself out or
// breaks in ways that no flow shows. They stand before the rules.
// Plain data. Read by suggest (what they admit needs no rule) and by every renderer; not by verdict, which
// has its own account of them.
#pragma once

#include <model/flow.hpp>

#include <span>

namespace fwlearn::analyzer {

/// ICMP messages that any sender may send, by protocol and type, whatever their code.
struct FixedIcmp {
    model::Protocol protocol;
    std::span<const std::uint8_t> types; ///< ascending
    const char* why;
};

/// A UDP service that system users (uid 0 to 999, SYS_UID_MAX of login.defs(5)) may reach at any address.
struct FixedUdp {
    model::Family family;
    std::uint16_t port;
    const char* why;
};

std::span<const FixedIcmp> fixed_icmp();
std::span<const FixedUdp> fixed_udp();
inline constexpr std::uint32_t last_system_uid = 999;

/// Why no rule is needed for this flow's first packet; nullptr when one is.
const char* admitted_by_fixed_part(const model::FlowKey& key);

} // namespace fwlearn::analyzer
