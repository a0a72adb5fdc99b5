#include "json_fields.hpp"

#include <nlohmann/json.hpp>

namespace fwlearn::import {

namespace {

/// A path is at most 4095 bytes (PATH_MAX), of which each may be written as four.
bool is_too_long(const nlohmann::json& text) {
    constexpr std::size_t longest = std::size_t{4} * 4096;
    return text.get_ref<const std::string&>().size() > longest;
}

} // namespace

const nlohmann::json* JsonFields::find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void JsonFields::refuse(const char* key) {
    if (!wrong_) {
        wrong_ = key;
    }
}

std::optional<std::string> JsonFields::text(const char* key) {
    const auto* const value = find(key);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_string() || is_too_long(*value)) {
        refuse(key);
        return std::nullopt;
    }
    return value->get<std::string>();
}

std::optional<std::uint64_t> JsonFields::number(const char* key, std::uint64_t largest) {
    const auto* const value = find(key);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > largest) {
        refuse(key);
        return std::nullopt;
    }
    return value->get<std::uint64_t>();
}

std::optional<bool> JsonFields::flag(const char* key) {
    const auto* const value = find(key);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_boolean()) {
        refuse(key);
        return std::nullopt;
    }
    return value->get<bool>();
}

const nlohmann::json* JsonFields::object(const char* key) {
    const auto* const value = find(key);
    if (value != nullptr && !value->is_object()) {
        refuse(key);
        return nullptr;
    }
    return value;
}

std::vector<std::string> JsonFields::texts(const char* key) {
    std::vector<std::string> all;
    const auto* const values = find(key);
    if (values == nullptr) {
        return all;
    }
    if (!values->is_array()) {
        refuse(key);
        return all;
    }
    for (const auto& value : *values) {
        if (!value.is_string() || is_too_long(value)) {
            refuse(key);
            return {};
        }
        all.push_back(value.get<std::string>());
    }
    return all;
}

} // namespace fwlearn::import
