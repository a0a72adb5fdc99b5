// Members of a JSON document that nft wrote, where any of them may be missing or something else.
// Private to this room; used by what reads libnftables-json(5).
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace fwlearn::firewall {

/// Nothing where `object` is none, or has no such member.
inline const nlohmann::json* member(const nlohmann::json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() ? &*found : nullptr;
}

/// Empty where it is none.
inline std::string text_of(const nlohmann::json* value) {
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

inline std::string text_of(const nlohmann::json& object, const char* key) {
    return text_of(member(object, key));
}

} // namespace fwlearn::firewall
