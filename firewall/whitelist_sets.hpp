// The sets of the whitelist that is loaded (table inet fwlearn), read from the kernel itself: of all of them
// what they are called and for, and of those that are wanted what they hold. libnftables would read all
// elements of all sets for each of these questions. Private to this room; read by name_sets and unit_sets.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fwlearn::firewall {

inline constexpr const char* whitelist_table = "inet fwlearn";
inline constexpr const char* whitelist_table_name = "fwlearn"; ///< of the family inet

/// CAP_NET_ADMIN is in the effective set (capget(2)). To be asked beforehand, because libnftables says what
/// it misses on standard error by itself.
bool may_administer_network();

/// What nft calls a type, and the kernel keeps without asking (enum datatypes in nftables'
/// include/datatype.h, the same in every version: they are in the kernel of whoever has loaded a set).
enum class KeyType : std::uint32_t { ipv4_addr = 7, ipv6_addr = 8, cgroupsv2 = 46 };

struct SetElement {
    std::vector<std::uint8_t> key; ///< as long as its set's keys; an address in network byte order
    std::optional<std::chrono::milliseconds> expires; ///< nothing where it stays
};

struct WhitelistSet {
    std::string name;
    std::uint64_t handle = 0; ///< the kernel's number of it, used once in a table's life
    KeyType type{};           ///< may be any other
    std::uint32_t key_length = 0;
    std::string comment;
    std::chrono::milliseconds timeout{}; ///< of its elements, unless they say another; 0 where they stay
    std::vector<SetElement> elements;
};

/// Those that are wanted, with their elements; in the kernel's order, which is none. `wanted` is called with
/// each set without its elements, again where the table changes meanwhile. Neither maps, nor sets of ranges,
/// nor sets without a name of their own. Empty where there is no such table. Throws SystemError.
std::vector<WhitelistSet> read_whitelist_sets(const std::function<bool(const WhitelistSet&)>& wanted);

/// The comment in what nft keeps beside a set (nftnl_udata: octets of type, length and value, one after
/// another); empty where there is none.
std::string comment_in(std::span<const std::uint8_t> user_data);

} // namespace fwlearn::firewall
