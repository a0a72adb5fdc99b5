// The listing of one table as nft prints it, in JSON (libnftables-json(5)) and as text, and what can be told
// from the two. Pure: the listings may be of another namespace.
// Private to this room; used by whitelist_table and checked_whitelist.
#pragma once

#include "firewall/whitelist_table.hpp"

#include <nlohmann/json.hpp>

namespace fwlearn::firewall {

struct Listing {
    std::string text; ///< with counters
    std::string json; ///< without
};

/// Of the namespace that this process is in. Nothing where the table is not there. Throws SystemError.
std::optional<Listing> list_whitelist_table();

/// Each object of the listing as {KIND: {...}}, without what tells one loading from another (handles).
std::vector<nlohmann::json> objects_of(const std::string& json);

WhitelistTable table_of(const Listing& listing);

/// Commands that leave the table empty and where it is: for what the listing holds. Nothing where it holds
/// what has to go with the table.
std::optional<std::string> commands_to_empty(const std::string& json);

} // namespace fwlearn::firewall
