#include "cli/time_argument.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <string>

namespace fwlearn::cli {
namespace {

using namespace std::chrono;

struct Unit {
    std::string_view word;
    milliseconds length;
};

// systemd.time(7), "Parsing Time Spans": a month is 30.44 days, a year 365.25.
constexpr std::array<Unit, 26> units{{
    {"ms", milliseconds{1}},
    {"msec", milliseconds{1}},
    {"s", seconds{1}},
    {"sec", seconds{1}},
    {"second", seconds{1}},
    {"seconds", seconds{1}},
    {"m", minutes{1}},
    {"min", minutes{1}},
    {"minute", minutes{1}},
    {"minutes", minutes{1}},
    {"h", hours{1}},
    {"hr", hours{1}},
    {"hour", hours{1}},
    {"hours", hours{1}},
    {"d", days{1}},
    {"day", days{1}},
    {"days", days{1}},
    {"w", weeks{1}},
    {"week", weeks{1}},
    {"weeks", weeks{1}},
    {"M", seconds{2630016}},
    {"month", seconds{2630016}},
    {"months", seconds{2630016}},
    {"y", seconds{31557600}},
    {"year", seconds{31557600}},
    {"years", seconds{31557600}},
}};

/// Far beyond any record, and far from the end of the clock's range.
constexpr milliseconds longest = seconds{31557600} * 1000;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

model::UsageError not_understood(const char* what, std::string_view text, const char* examples) {
    return model::UsageError(std::string("cannot understand the ") + what + " '" +
                             model::for_terminal(model::ForeignText(text)) + "': give it like " + examples);
}

/// One or more numbers with their units; nothing when that is not what it is.
std::optional<milliseconds> time_span(std::string_view text) {
    text = trimmed(text);
    if (text.empty()) {
        return std::nullopt;
    }
    milliseconds sum{0};
    while (!text.empty()) {
        std::uint32_t number = 0;
        const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{}) {
            return std::nullopt;
        }
        text = trimmed(text.substr(static_cast<std::size_t>(stopped - text.data())));
        const auto word = text.substr(0, text.find_first_of(" \t0123456789"));
        const auto* const unit = std::find_if(units.begin(), units.end(),
                                              [word](const Unit& known) { return known.word == word; });
        if (unit == units.end() || number > longest / unit->length) {
            return std::nullopt;
        }
        sum += number * unit->length;
        if (sum > longest) {
            return std::nullopt;
        }
        text = trimmed(text.substr(word.size()));
    }
    return sum;
}

std::tm local_calendar(model::Timestamp time) {
    const std::time_t instant = system_clock::to_time_t(time);
    std::tm calendar{};
    localtime_r(&instant, &calendar);
    return calendar;
}

model::Timestamp from_local(std::tm calendar) {
    calendar.tm_isdst = -1;
    return model::Timestamp(seconds{std::mktime(&calendar)});
}

model::Timestamp local_midnight(model::Timestamp now, int days_later) {
    auto calendar = local_calendar(now);
    calendar.tm_hour = calendar.tm_min = calendar.tm_sec = 0;
    calendar.tm_mday += days_later;
    return from_local(calendar);
}

/// "2026-11-23", "2026-11-23 07:02", "2026-11-23 07:02:08", "07:02", "07:02:08", in local time.
std::optional<model::Timestamp> calendar_time(const std::string& text, model::Timestamp now) {
    for (const auto* const format :
         {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%H:%M:%S", "%H:%M"}) {
        const bool has_date = format[1] == 'Y';
        std::tm calendar = has_date ? std::tm{} : local_calendar(now);
        calendar.tm_sec = 0;
        const char* const end = strptime(text.c_str(), format, &calendar);
        if (end == text.c_str() + text.size()) {
            constexpr int first_year = 1900;                       // of struct tm
            if (has_date && calendar.tm_year + first_year < 100) { // "26-11-25": strptime(3), %y
                calendar.tm_year += calendar.tm_year + first_year < 69 ? 2000 : 1900;
            }
            const year_month_day date{year{calendar.tm_year + 1900},
                                      month{static_cast<unsigned>(calendar.tm_mon + 1)},
                                      day{static_cast<unsigned>(calendar.tm_mday)}};
            return date.ok() ? std::optional(from_local(calendar)) : std::nullopt;
        }
    }
    return std::nullopt;
}

std::optional<model::Timestamp> relative_time(std::string_view text, model::Timestamp now) {
    constexpr std::string_view ago = " ago";
    if (text.size() > ago.size() && text.substr(text.size() - ago.size()) == ago) {
        const auto span = time_span(text.substr(0, text.size() - ago.size()));
        return span ? std::optional(now - *span) : std::nullopt;
    }
    if (text.front() == '-' || text.front() == '+') {
        const auto span = time_span(text.substr(1));
        return span ? std::optional(text.front() == '-' ? now - *span : now + *span) : std::nullopt;
    }
    return std::nullopt;
}

} // namespace

std::chrono::milliseconds parse_duration(std::string_view text) {
    const auto span = time_span(text);
    if (!span || *span == milliseconds{0}) {
        throw not_understood("duration", text, "30s, 5min or '1h 30min'");
    }
    return *span;
}

model::Timestamp parse_time(std::string_view given, model::Timestamp now) {
    const auto text = trimmed(given);
    const auto unclear = [given] {
        return not_understood("time", given, "'2 days ago', yesterday or '2026-11-23 07:02'");
    };
    if (text.empty()) {
        throw unclear();
    }
    if (text == "now") {
        return now;
    }
    if (text == "today" || text == "yesterday" || text == "tomorrow") {
        return local_midnight(now, text == "today" ? 0 : text == "yesterday" ? -1 : 1);
    }
    if (text.front() == '@') {
        std::int64_t since_epoch = 0;
        const auto [stopped, error] =
            std::from_chars(text.data() + 1, text.data() + text.size(), since_epoch);
        constexpr std::int64_t year_9999 = 253402300799;
        if (error == std::errc{} && stopped == text.data() + text.size() && since_epoch >= 0 &&
            since_epoch <= year_9999) {
            return model::Timestamp(seconds{since_epoch});
        }
        throw unclear();
    }
    for (const auto& parsed :
         {model::parse_rfc3339(text), relative_time(text, now), calendar_time(std::string(text), now)}) {
        if (parsed) {
            return *parsed;
        }
    }
    throw unclear();
}

} // namespace fwlearn::cli
