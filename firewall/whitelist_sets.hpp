// The sets of the whitelist that is loaded (table inet fwlearn), as libnftables-json(5) describes each.
// Private to this room; read by name_sets, unit_sets and table_document.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace fwlearn::firewall {

inline constexpr const char* whitelist_table = "inet fwlearn";

/// CAP_NET_ADMIN is in the effective set (capget(2)). To be asked beforehand, because libnftables says what
/// it misses on standard error by itself.
bool may_administer_network();

/// Those that are wanted, with their elements: a whitelist may hold a hundred thousand that nobody asks for.
/// `wanted` is called with each set, without its elements. Empty where there is no such table. Throws
/// SystemError.
std::vector<nlohmann::json> read_whitelist_sets(const std::function<bool(const nlohmann::json&)>& wanted);

/// A member that is a string; else empty.
std::string text_of(const nlohmann::json& set, const char* key);

struct SetElement {
    std::string value;
    std::optional<std::uint32_t> expires; ///< seconds; nothing where it stays
};

/// Its elements that are strings.
std::vector<SetElement> elements_of(const nlohmann::json& set);

} // namespace fwlearn::firewall
