#include "model/time.hpp"

#include <algorithm>
#include <charconv>

namespace fwlearn::model {
namespace {

using namespace std::chrono;

/// Takes exactly `digits` decimal digits from the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) {
        return std::nullopt;
    }
    int value = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + digits, value);
    if (error != std::errc{} || stopped != text.data() + digits || text.front() == '-') {
        return std::nullopt;
    }
    text.remove_prefix(digits);
    return value;
}

/// So many decimal digits from `position` on, which takes a tenth of printf(3)'s time.
void put_number(std::string& text, std::size_t position, std::size_t digits, std::int64_t value) {
    for (auto digit = position + digits; digit-- > position; value /= 10) {
        text[digit] = static_cast<char>('0' + value % 10);
    }
}

bool take(std::string_view& text, std::string_view accepted) {
    if (text.empty() || accepted.find(text.front()) == std::string_view::npos) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

/// The fraction after the seconds, when there is one; nothing when it has no digit.
std::optional<milliseconds> take_fraction(std::string_view& text) {
    if (!take(text, ".")) {
        return milliseconds{0};
    }
    int value = 0;
    std::size_t digits = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        if (digits < 3) {
            value = value * 10 + (text.front() - '0');
        }
        ++digits;
        text.remove_prefix(1);
    }
    if (digits == 0) {
        return std::nullopt;
    }
    for (; digits < 3; ++digits) {
        value *= 10;
    }
    return milliseconds{value};
}

std::optional<minutes> take_offset(std::string_view& text) {
    if (take(text, "Zz")) {
        return minutes{0};
    }
    if (text.empty()) {
        return std::nullopt;
    }
    const bool behind = text.front() == '-';
    if (!take(text, "+-")) {
        return std::nullopt;
    }
    const auto hour = take_number(text, 2);
    if (!hour || *hour > 23 || !take(text, ":")) {
        return std::nullopt;
    }
    const auto minute = take_number(text, 2);
    if (!minute || *minute > 59) {
        return std::nullopt;
    }
    const minutes offset = hours{*hour} + minutes{*minute};
    return behind ? -offset : offset;
}

} // namespace

std::string to_rfc3339(Timestamp time) {
    constexpr Timestamp first = sys_days{year{0} / 1 / 1};
    constexpr Timestamp last = sys_days{year{9999} / 12 / 31} + hours{24} - milliseconds{1};
    time = std::clamp(time, first, last);
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    std::string text = "0000-00-00T00:00:00.000Z";
    put_number(text, 0, 4, static_cast<int>(date.year()));
    put_number(text, 5, 2, static_cast<unsigned>(date.month()));
    put_number(text, 8, 2, static_cast<unsigned>(date.day()));
    put_number(text, 11, 2, clock.hours().count());
    put_number(text, 14, 2, clock.minutes().count());
    put_number(text, 17, 2, clock.seconds().count());
    put_number(text, 20, 3, clock.subseconds().count());
    return text;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
    const auto year_number = take_number(text, 4);
    if (!year_number || !take(text, "-")) {
        return std::nullopt;
    }
    const auto month_number = take_number(text, 2);
    if (!month_number || !take(text, "-")) {
        return std::nullopt;
    }
    const auto day_number = take_number(text, 2);
    if (!day_number || !take(text, "Tt ")) {
        return std::nullopt;
    }
    const year_month_day date{year{*year_number}, month{static_cast<unsigned>(*month_number)},
                              day{static_cast<unsigned>(*day_number)}};
    const auto hour = take_number(text, 2);
    if (!date.ok() || !hour || *hour > 23 || !take(text, ":")) {
        return std::nullopt;
    }
    const auto minute = take_number(text, 2);
    if (!minute || *minute > 59 || !take(text, ":")) {
        return std::nullopt;
    }
    const auto second = take_number(text, 2);
    if (!second || *second > 60) { // 60: a leap second, the same instant as the next minute's start
        return std::nullopt;
    }
    const auto fraction = take_fraction(text);
    if (!fraction) {
        return std::nullopt;
    }
    const auto offset = take_offset(text);
    if (!offset || !text.empty()) {
        return std::nullopt;
    }
    return sys_days{date} + hours{*hour} + minutes{*minute} + seconds{*second} + *fraction - *offset;
}

} // namespace fwlearn::model
