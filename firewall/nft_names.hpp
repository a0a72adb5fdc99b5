// The names that nft prints in the place of numbers (its symbol tables: src/proto.c, src/ct.c,
// src/datatype.c). Private to this room; used by nft_ruleset and iptables_save.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fwlearn::firewall {

/// Protocols as getprotobyname(3) of a Debian has them ("ipv6-icmp"), and numbers.
std::optional<std::uint8_t> protocol_number(std::string_view name);
std::optional<std::uint64_t> icmp_type_number(std::string_view name);
std::optional<std::uint64_t> icmpv6_type_number(std::string_view name);
std::optional<std::uint64_t> icmp_code_number(std::string_view name);
std::optional<std::uint64_t> icmpv6_code_number(std::string_view name);
/// NF_CT_STATE_BIT: "new" is 8.
std::optional<std::uint64_t> conntrack_state_number(std::string_view name);
/// As in the header's octet 13: "syn" is 2.
std::optional<std::uint64_t> tcp_flag_number(std::string_view name);
/// A decimal or 0x number, whole.
std::optional<std::uint64_t> plain_number(std::string_view text);

} // namespace fwlearn::firewall
