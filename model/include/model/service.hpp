// What is asked for at an address: a protocol with its port, or with its ICMP type and code, or alone.
// Never a source port: no rule of fwlearn's matches on one.
#pragma once

#include "model/address.hpp"
#include "model/protocol.hpp"

namespace fwlearn::model {

struct Service {
    Protocol protocol;
    /// Destination port (host order) where the protocol has ports, type << 8 | code for ICMP and ICMPv6
    /// (the kernel's conntrack tuple keeps them so as well), 0 for every other protocol.
    std::uint16_t detail = 0;

    static Service port(Protocol protocol, std::uint16_t port) { return {protocol, port}; }
    static Service icmp(Protocol protocol, std::uint8_t type, std::uint8_t code) {
        return {protocol, static_cast<std::uint16_t>(type << 8U | code)};
    }
    [[nodiscard]] std::uint8_t icmp_type() const { return static_cast<std::uint8_t>(detail >> 8U); }
    [[nodiscard]] std::uint8_t icmp_code() const { return static_cast<std::uint8_t>(detail & 0xffU); }

    /// "tcp/443", "icmp/8/0", "gre": for people and for sorting by people.
    [[nodiscard]] std::string to_string() const;

    auto operator<=>(const Service&) const = default;
};

/// Values of Service::detail, both ends included.
struct DetailRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0;

    DetailRange() = default;
    DetailRange(std::uint16_t only) : first(only), last(only) {} // NOLINT(google-explicit-constructor)
    DetailRange(std::uint16_t from, std::uint16_t to) : first(from), last(to) {}
    /// "443", "1024-65535"; nothing for anything else.
    static std::optional<DetailRange> parse(std::string_view text);

    [[nodiscard]] bool is_single() const { return first == last; }
    [[nodiscard]] bool contains(std::uint16_t detail) const { return first <= detail && detail <= last; }
    [[nodiscard]] std::uint64_t size() const { return std::uint64_t{last} - first + 1; }
    auto operator<=>(const DetailRange&) const = default;
};

struct Destination {
    Service service;
    Address address;

    auto operator<=>(const Destination&) const = default;
};

} // namespace fwlearn::model
