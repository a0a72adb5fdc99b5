// Numbers as logs write them, checked: what is out of range or no number is nothing.
// Knows nothing of columns. Called by the readers of Zeek logs and of JSON Lines.
#pragma once

#include <model/number.hpp>
#include <model/time.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace fwlearn::import {

/// The largest count that is believed: what a double, and so every JSON reader, still holds exactly (RFC
/// 7493, section 2.2). Sums stop here as well, which leaves SQLite's 64-bit sums room for a thousand such
/// rows.
inline constexpr std::uint64_t largest_count = (std::uint64_t{1} << 53U) - 1;

using model::parse_integer;

inline std::optional<std::uint64_t> parse_count(std::string_view text) {
    return parse_integer<std::uint64_t>(text, largest_count);
}

/// Seconds with a fraction, not negative, and not more than lie between 1970 and the year 10000.
std::optional<std::chrono::microseconds> parse_seconds(std::string_view text);

/// Seconds since 1970 with a fraction, or RFC 3339; from the years 1970 to 9999.
std::optional<model::Timestamp> parse_time(std::string_view text);

/// The last millisecond that is believed: 9999-12-31T23:59:59.999Z.
model::Timestamp latest_time();

} // namespace fwlearn::import
