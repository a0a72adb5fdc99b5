#include "nft_names.hpp"

#include <model/number.hpp>
#include <model/protocol.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace fwlearn::firewall {
namespace {

using Name = std::pair<std::string_view, std::uint64_t>;

std::optional<std::uint64_t> look_up(std::span<const Name> names, std::string_view wanted) {
    for (const auto& [name, number] : names) {
        if (name == wanted) {
            return number;
        }
    }
    return plain_number(wanted);
}

} // namespace

std::optional<std::uint64_t> plain_number(std::string_view text) {
    int base = 10;
    if (text.starts_with("0x")) {
        text.remove_prefix(2);
        base = 16;
    }
    return model::parse_integer<std::uint64_t>(text, UINT64_MAX, base);
}

std::optional<std::uint8_t> protocol_number(std::string_view name) {
    constexpr std::array<Name, 5> others{
        {{"ipv6-icmp", 58}, {"ipencap", 4}, {"ipv6", 41}, {"ip", 0}, {"hopopt", 0}}};
    const auto number = look_up(others, name);
    if (number) {
        return *number <= 255 ? std::optional(static_cast<std::uint8_t>(*number)) : std::nullopt;
    }
    const auto known = model::Protocol::parse(name);
    return known ? std::optional(known->number) : std::nullopt;
}

std::optional<std::uint64_t> icmp_type_number(std::string_view name) {
    constexpr std::array<Name, 13> names{{{"echo-reply", 0},
                                          {"destination-unreachable", 3},
                                          {"source-quench", 4},
                                          {"redirect", 5},
                                          {"echo-request", 8},
                                          {"router-advertisement", 9},
                                          {"router-solicitation", 10},
                                          {"time-exceeded", 11},
                                          {"parameter-problem", 12},
                                          {"timestamp-request", 13},
                                          {"timestamp-reply", 14},
                                          {"info-request", 15},
                                          {"info-reply", 16}}};
    constexpr std::array<Name, 2> masks{{{"address-mask-request", 17}, {"address-mask-reply", 18}}};
    const auto number = look_up(names, name);
    return number ? number : look_up(masks, name);
}

std::optional<std::uint64_t> icmpv6_type_number(std::string_view name) {
    constexpr std::array<Name, 19> names{{{"destination-unreachable", 1},
                                          {"packet-too-big", 2},
                                          {"time-exceeded", 3},
                                          {"parameter-problem", 4},
                                          {"echo-request", 128},
                                          {"echo-reply", 129},
                                          {"mld-listener-query", 130},
                                          {"mld-listener-report", 131},
                                          {"mld-listener-done", 132},
                                          {"mld-listener-reduction", 132},
                                          {"nd-router-solicit", 133},
                                          {"nd-router-advert", 134},
                                          {"nd-neighbor-solicit", 135},
                                          {"nd-neighbor-advert", 136},
                                          {"nd-redirect", 137},
                                          {"router-renumbering", 138},
                                          {"ind-neighbor-solicit", 141},
                                          {"ind-neighbor-advert", 142},
                                          {"mld2-listener-report", 143}}};
    return look_up(names, name);
}

std::optional<std::uint64_t> icmp_code_number(std::string_view name) {
    constexpr std::array<Name, 8> names{{{"net-unreachable", 0},
                                         {"host-unreachable", 1},
                                         {"prot-unreachable", 2},
                                         {"port-unreachable", 3},
                                         {"frag-needed", 4},
                                         {"net-prohibited", 9},
                                         {"host-prohibited", 10},
                                         {"admin-prohibited", 13}}};
    return look_up(names, name);
}

std::optional<std::uint64_t> icmpv6_code_number(std::string_view name) {
    constexpr std::array<Name, 6> names{{{"no-route", 0},
                                         {"admin-prohibited", 1},
                                         {"addr-unreachable", 3},
                                         {"port-unreachable", 4},
                                         {"policy-fail", 5},
                                         {"reject-route", 6}}};
    return look_up(names, name);
}

std::optional<std::uint64_t> conntrack_state_number(std::string_view name) {
    constexpr std::array<Name, 5> names{
        {{"invalid", 1}, {"established", 2}, {"related", 4}, {"new", 8}, {"untracked", 64}}};
    return look_up(names, name);
}

std::optional<std::uint64_t> tcp_flag_number(std::string_view name) {
    constexpr std::array<Name, 8> names{{{"fin", 1},
                                         {"syn", 2},
                                         {"rst", 4},
                                         {"psh", 8},
                                         {"ack", 16},
                                         {"urg", 32},
                                         {"ecn", 64},
                                         {"cwr", 128}}};
    return look_up(names, name);
}

} // namespace fwlearn::firewall
