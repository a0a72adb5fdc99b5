// Letters and digits of ASCII, whatever the locale: what names of hosts, units, files and options are made of
// (RFC 4343 has case for these alone). Pure. Used wherever such a text is read or written.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace fwlearn::model {

constexpr bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

constexpr bool is_lower_case(char byte) {
    return byte >= 'a' && byte <= 'z';
}

constexpr bool is_upper_case(char byte) {
    return byte >= 'A' && byte <= 'Z';
}

constexpr bool is_letter(char byte) {
    return is_lower_case(byte) || is_upper_case(byte);
}

constexpr bool is_letter_or_digit(char byte) {
    return is_letter(byte) || is_digit(byte);
}

constexpr char lower_case(char byte) {
    return is_upper_case(byte) ? static_cast<char>(byte - 'A' + 'a') : byte;
}

inline std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (auto& byte : lower) {
        byte = lower_case(byte);
    }
    return lower;
}

constexpr bool equal_ignoring_case(std::string_view one, std::string_view other) {
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [](char left, char right) { return lower_case(left) == lower_case(right); });
}

} // namespace fwlearn::model
