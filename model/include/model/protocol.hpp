// An IP protocol by its IANA number ("Assigned Internet Protocol Numbers").
// Knows which protocols have ports; knows nothing of what is said over them.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fwlearn::model {

struct Protocol {
    std::uint8_t number = 0;

    /// 16-bit source and destination ports at octets 0-3 of the header: TCP, UDP, UDP-Lite (RFC 3828),
    /// SCTP (RFC 9260) and DCCP (RFC 4340), the ones for which conntrack keeps ports as well.
    [[nodiscard]] bool has_ports() const;
    /// ICMP (RFC 792) or ICMPv6 (RFC 4443): type and code in the place of the port.
    [[nodiscard]] bool is_icmp() const;
    /// IANA's keyword in lower case ("tcp", "ipv6-icmp" is "icmpv6"), or the number in decimal.
    [[nodiscard]] std::string name() const;
    /// What name() gives, or a number from 0 to 255.
    static std::optional<Protocol> parse(std::string_view text);

    auto operator<=>(const Protocol&) const = default;
};

namespace protocol {
inline constexpr Protocol icmp{1};
inline constexpr Protocol igmp{2};
inline constexpr Protocol tcp{6};
inline constexpr Protocol udp{17};
inline constexpr Protocol dccp{33};
inline constexpr Protocol gre{47};
inline constexpr Protocol esp{50};
inline constexpr Protocol ah{51};
inline constexpr Protocol icmpv6{58};
inline constexpr Protocol sctp{132};
inline constexpr Protocol udplite{136};
} // namespace protocol

} // namespace fwlearn::model
