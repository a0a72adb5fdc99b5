// Points in time as fwlearn stores and prints them. Nothing here reads a clock: time is always a parameter.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace fwlearn::model {

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// The bucket that flows are counted in: the whole hour, in UTC.
using Hour = std::chrono::sys_time<std::chrono::hours>;

inline Hour hour_of(Timestamp time) {
    return std::chrono::floor<std::chrono::hours>(time);
}

/// A half-open interval [since, until); an absent end is unbounded.
struct TimeRange {
    std::optional<Timestamp> since;
    std::optional<Timestamp> until;
};

/// RFC 3339 in UTC with milliseconds: 2026-11-23T07:02:08.125Z. Years outside 0000-9999 are cut to the
/// nearest.
std::string to_rfc3339(Timestamp time);
/// RFC 3339 with any offset and any number of fraction digits (those beyond the third are dropped).
std::optional<Timestamp> parse_rfc3339(std::string_view text);

} // namespace fwlearn::model
