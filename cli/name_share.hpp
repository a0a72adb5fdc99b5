// What of an answer goes into a set of its name: not what no name may bring into a whitelist, and no more
// than a set may hold, since the name's owner could answer with ever others. Knows neither resolvers nor
// kernel. Private to this room; used by name_refresh and carried_names.
#pragma once

#include <firewall/name_sets.hpp>

#include <optional>

namespace fwlearn::cli {

/// Beyond so many only those that it holds are renewed in a set.
inline constexpr std::size_t most_in_a_set = 256;
/// Of one look-up and IP version.
inline constexpr std::size_t most_new = 64;

/// Why an address cannot stand in a name's set, as "a loopback address"; nullptr where it may. `private_too`:
/// the name is known to stand for addresses of somebody's own network.
const char* why_left_out(const model::Address& address, bool private_too);

struct LeftOut {
    model::Address address;
    const char* why = nullptr; ///< "a loopback address"
};

struct NameShare {
    std::vector<model::Address> addresses; ///< to be filled in
    std::optional<LeftOut> left_out;       ///< the first
    bool has_known = false;                ///< some of what was answered is in the set
    bool has_new = false;                  ///< some of it is not, whether there is room for it or not
    bool full = false; ///< some of it has no room for as long as the set holds what it does
};

/// Of what was answered for the set's IP version; nothing answered, or nothing but what is left out, keeps
/// all that the set has. `private_too` as above.
NameShare share_of(const firewall::NameSet& set, const std::vector<model::Address>& answered,
                   bool private_too);

/// Whether the set holds an address of somebody's own network.
bool holds_private(const firewall::NameSet& set);

} // namespace fwlearn::cli
