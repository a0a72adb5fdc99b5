#include "model/cron_expression.hpp"

#include "model/ascii.hpp"
#include "model/number.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace fwlearn::model {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::minutes;

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 8> weekday_names{"sun", "mon", "tue", "wed",
                                                        "thu", "fri", "sat", "sun"};

struct Field {
    unsigned first = 0, last = 0;              ///< of what is allowed
    std::span<const std::string_view> names{}; ///< of `first` and what follows
};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const auto end = std::min(text.find_first_of(separators, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

/// Letters and digits from the beginning, taken off: a number or a name within what is allowed.
std::optional<unsigned> take_value(std::string_view& text, const Field& field) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_letter_or_digit);
    const auto word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(word.size());
    const auto named = std::find(field.names.begin(), field.names.end(), lower_case(word));
    const auto value = named != field.names.end()
                           ? std::optional(field.first + static_cast<unsigned>(named - field.names.begin()))
                           : parse_integer<unsigned>(word);
    return value && *value >= field.first && *value <= field.last ? value : std::nullopt;
}

/// "*", "3", "3-9", "*/2", "3-9/2", taken off; a step comes after a range alone. A range that ends before it
/// begins ("22-6", "mon-sun") is nothing, and no fault.
bool take_part(std::string_view& text, const Field& field, std::vector<unsigned>& values) {
    auto first = std::optional(field.first);
    auto last = std::optional(field.last);
    const bool any = text.starts_with('*');
    if (any) {
        text.remove_prefix(1);
    } else {
        first = last = take_value(text, field);
    }
    const bool is_range = any || text.starts_with('-');
    if (!any && is_range) {
        text.remove_prefix(1);
        last = take_value(text, field);
    }
    unsigned step = 1;
    if (text.starts_with('/')) {
        text.remove_prefix(1);
        step = is_range ? take_value(text, {0, std::numeric_limits<unsigned>::max()}).value_or(0) : 0;
    }
    if (!first || !last || step == 0) {
        return false;
    }
    for (auto value = *first; value <= *last; value += step) {
        values.push_back(value);
        if (*last - value < step) {
            break;
        }
    }
    return true;
}

/// As get_list() in entry.c of Debian's cron 3.0pl1 has it, which passes over all that stands between a part
/// and the next blank: "0~59" is 0, "*-5" every one.
template <std::size_t Size>
bool read_field(std::string_view text, const Field& field, std::bitset<Size>& set) {
    std::vector<unsigned> values;
    while (take_part(text, field, values)) {
        if (!text.starts_with(',')) {
            for (const auto value : values) {
                set.set(value % Size); // 7 is Sunday too
            }
            return true;
        }
        text.remove_prefix(1);
    }
    return false;
}

/// What crontab(5) says that it stands for; empty where it says nothing of it.
std::string_view meaning_of(const std::string& word) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> words{{
        {"@yearly", "0 0 1 1 *"},
        {"@annually", "0 0 1 1 *"},
        {"@monthly", "0 0 1 * *"},
        {"@weekly", "0 0 * * 0"},
        {"@daily", "0 0 * * *"},
        {"@midnight", "0 0 * * *"},
        {"@hourly", "0 * * * *"},
    }};
    const auto* const found =
        std::find_if(words.begin(), words.end(), [&word](const auto& entry) { return entry.first == word; });
    return found == words.end() ? std::string_view() : found->second;
}

} // namespace

std::optional<CronExpression> CronExpression::parse(std::string_view text) {
    CronExpression result;
    std::vector<std::string_view> fields;
    for (const auto part : split(text, " \t")) {
        if (!part.empty()) {
            fields.push_back(part);
        }
    }
    if (fields.size() == 1 && fields[0].starts_with('@')) {
        if (fields[0] == "@reboot") {
            result.at_boot_ = true;
            return result;
        }
        const auto meaning = meaning_of(std::string(fields[0]));
        return meaning.empty() ? std::nullopt : parse(meaning);
    }
    constexpr std::size_t field_count = 5;
    if (fields.size() != field_count || !read_field(fields[0], {0, 59}, result.minutes_) ||
        !read_field(fields[1], {0, 23}, result.hours_) || !read_field(fields[2], {1, 31}, result.days_) ||
        !read_field(fields[3], {1, 12, month_names}, result.months_) ||
        !read_field(fields[4], {0, 7, weekday_names}, result.weekdays_)) {
        return std::nullopt;
    }
    result.any_day_ = fields[2].starts_with('*');
    result.any_weekday_ = fields[4].starts_with('*');
    return result;
}

bool CronExpression::runs_on(local_days day) const {
    const std::chrono::year_month_day date(day);
    if (!months_.test(static_cast<unsigned>(date.month()))) {
        return false;
    }
    const bool of_month = days_.test(static_cast<unsigned>(date.day()));
    const bool of_week = weekdays_.test(std::chrono::weekday(day).c_encoding());
    // Where both fields are restricted either is enough.
    return any_day_ || any_weekday_ ? of_month && of_week : of_month || of_week;
}

bool CronExpression::runs_at(LocalMinute minute) const {
    const auto day = std::chrono::floor<days>(minute);
    const auto since_midnight = minute - day;
    const auto hour = std::chrono::floor<hours>(since_midnight);
    return !at_boot_ && minutes_.test(static_cast<std::size_t>((since_midnight - hour).count())) &&
           hours_.test(static_cast<std::size_t>(hour.count())) && runs_on(day);
}

std::optional<LocalMinute> CronExpression::next(LocalMinute after) const {
    if (at_boot_) {
        return std::nullopt;
    }
    const auto today = std::chrono::floor<days>(after);
    // The 29th of February comes every eight years at the latest; on a certain weekday within forty.
    constexpr days horizon(366 * 41);
    const auto begin = static_cast<std::size_t>((after - today).count()) + 1; // minutes of today
    std::size_t first_hour = begin / minutes_.size();
    std::size_t first_minute = begin % minutes_.size();
    for (auto day = today; day <= today + horizon; day += days(1)) {
        for (auto hour = runs_on(day) ? first_hour : hours_.size(); hour < hours_.size(); ++hour) {
            for (auto minute = hours_.test(hour) ? first_minute : minutes_.size(); minute < minutes_.size();
                 ++minute) {
                if (minutes_.test(minute)) {
                    return day + hours(hour) + minutes(minute);
                }
            }
            first_minute = 0;
        }
        first_hour = first_minute = 0;
    }
    return std::nullopt;
}

} // namespace fwlearn::model
