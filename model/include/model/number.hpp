// Whole numbers as text has them, checked: what is out of range or no number is nothing. Pure. Used wherever
// a text from outside holds one.
#pragma once

#include <charconv>
#include <limits>
#include <optional>
#include <string_view>

namespace fwlearn::model {

/// Digits only, in this base, from 0 to `largest`.
template <typename Integer>
std::optional<Integer> parse_integer(std::string_view text,
                                     Integer largest = std::numeric_limits<Integer>::max(), int base = 10) {
    Integer value{};
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc{} || stopped != end || text.front() == '-' || value > largest) {
        return std::nullopt;
    }
    return value;
}

} // namespace fwlearn::model
