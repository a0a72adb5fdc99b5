#include "timer_times.hpp"

#include "settings/text.hpp"
#include "time_span.hpp"

#include <model/ascii.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace fwlearn::collector::host {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr std::chrono::days longest_span(366 * 100);

bool is_time(std::string_view key) {
    constexpr std::array<std::string_view, 8> keys{"OnCalendar",    "OnActiveSec",     "OnBootSec",
                                                   "OnStartupSec",  "OnUnitActiveSec", "OnUnitInactiveSec",
                                                   "OnClockChange", "OnTimezoneChange"};
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// parse_boolean() in src/basic/parse-util.c.
bool is_true(std::string_view value) {
    const auto word = model::lower_case(value);
    return word == "1" || word == "yes" || word == "y" || word == "true" || word == "t" || word == "on";
}

seconds whole(microseconds span) {
    return std::min(std::chrono::ceil<seconds>(std::min<microseconds>(span, longest_span)),
                    seconds(longest_span));
}

void add_time(const std::string& key, const std::string& value, TimerTimes& times) {
    if (key == "OnCalendar") {
        if (auto expression = model::CalendarExpression::parse(value)) {
            times.calendar.push_back(std::move(*expression));
        }
        return;
    }
    if (key == "OnClockChange" || key == "OnTimezoneChange") {
        times.on_change = times.on_change || is_true(value);
        return;
    }
    const auto span = parse_time_span(value);
    if (!span || *span == microseconds::max()) { // "infinity" never comes
        return;
    }
    if (key == "OnUnitActiveSec" || key == "OnUnitInactiveSec") {
        times.after_run = std::min(times.after_run.value_or(seconds::max()), whole(*span));
    } else {
        times.after_start = true;
    }
}

} // namespace

TimerTimes times_of(const Unit& timer) {
    constexpr std::size_t most_times = 16; // of one timer
    constexpr std::chrono::minutes usual_accuracy(1);
    TimerTimes times;
    microseconds accuracy = usual_accuracy;
    microseconds random{0};
    for (const auto& [key, written] : timer.section("Timer")) {
        const auto value = with_specifiers(written, timer.name);
        if (is_time(key)) {
            if (value.empty()) { // resets the times of all kinds (config_parse_timer())
                times = TimerTimes();
            } else if (times.when.size() < most_times) {
                times.when.push_back(std::string(key).append("=").append(value));
                add_time(key, value, times);
            }
        } else if (key == "AccuracySec") {
            accuracy = value.empty() ? usual_accuracy : parse_time_span(value).value_or(accuracy);
        } else if (key == "RandomizedDelaySec") {
            random = value.empty() ? microseconds(0) : parse_time_span(value).value_or(random);
        }
    }
    times.delay = whole(accuracy) + whole(random);
    return times;
}

} // namespace fwlearn::collector::host
