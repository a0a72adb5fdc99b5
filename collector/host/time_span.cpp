#include "time_span.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace fwlearn::collector::host {
namespace {

using std::chrono::microseconds;

constexpr std::string_view blanks = " \t\n\r";

struct TimeUnit {
    std::string_view name;
    std::int64_t length; ///< in microseconds
};

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
/// A month is 30.44 days, a year 365.25 (PARSING TIME SPANS of systemd.time(7)).
constexpr std::int64_t month = 2'629'800 * second;
constexpr std::int64_t year = 31'557'600 * second;

/// Longer names before those that they begin with: "minutes" is no "m".
constexpr std::array<TimeUnit, 30> time_units{{
    {"seconds", second}, {"second", second}, {"sec", second},  {"minutes", minute}, {"minute", minute},
    {"months", month},   {"month", month},   {"msec", 1'000},  {"ms", 1'000},       {"min", minute},
    {"m", minute},       {"M", month},       {"hours", hour},  {"hour", hour},      {"hr", hour},
    {"h", hour},         {"days", day},      {"day", day},     {"d", day},          {"weeks", 7 * day},
    {"week", 7 * day},   {"w", 7 * day},     {"years", year},  {"year", year},      {"y", year},
    {"usec", 1},         {"us", 1},          {"\xc2\xb5s", 1}, {"\xce\xbcs", 1},    {"s", second},
}};

void skip_blanks(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
}

std::string_view take_digits(std::string_view& rest) {
    const auto digits = rest.substr(0, rest.find_first_not_of("0123456789"));
    rest.remove_prefix(digits.size());
    return digits;
}

std::int64_t take_unit(std::string_view& rest) {
    for (const auto& unit : time_units) {
        if (rest.starts_with(unit.name)) {
            rest.remove_prefix(unit.name.size());
            return unit.length;
        }
    }
    return second;
}

} // namespace

std::optional<microseconds> parse_time_span(std::string_view text) {
    constexpr double longest = 9.0e18; // microseconds::max() is 9.22e18
    skip_blanks(text);
    text = text.substr(0, text.find_last_not_of(blanks) + 1);
    if (text == "infinity") {
        return microseconds::max();
    }
    double sum = 0;
    bool found = false;
    for (; !text.empty(); skip_blanks(text)) {
        const auto whole = take_digits(text);
        std::string_view fraction;
        if (text.starts_with('.')) {
            text.remove_prefix(1);
            fraction = take_digits(text);
        }
        if (whole.empty() && fraction.empty()) {
            return std::nullopt;
        }
        skip_blanks(text);
        const auto unit = static_cast<double>(take_unit(text));
        double number = 0;
        double scale = 1;
        for (const char digit : whole) {
            number = number * 10 + (digit - '0');
        }
        for (const char digit : fraction) {
            scale /= 10;
            number += scale * (digit - '0');
        }
        sum = std::min(sum + number * unit, longest);
        found = true;
    }
    if (!found) {
        return std::nullopt;
    }
    return sum >= longest ? microseconds::max() : microseconds(std::llround(sum));
}

} // namespace fwlearn::collector::host
