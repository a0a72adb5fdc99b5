#include "model/ascii.hpp"
#include "model/calendar_expression.hpp"
#include "model/number.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace fwlearn::model {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr std::array<std::string_view, 7> weekday_names{"monday", "tuesday",  "wednesday", "thursday",
                                                        "friday", "saturday", "sunday"};

/// What the shorthands stand for.
constexpr std::pair<std::string_view, std::string_view> shorthands[] = {
    {"minutely", "*-*-* *:*:00"},
    {"hourly", "*-*-* *:00:00"},
    {"daily", "*-*-* 00:00:00"},
    {"weekly", "Mon *-*-* 00:00:00"},
    {"monthly", "*-*-01 00:00:00"},
    {"quarterly", "*-01,04,07,10-01 00:00:00"},
    {"annually", "*-01-01 00:00:00"},
    {"yearly", "*-01-01 00:00:00"},
    {"anually", "*-01-01 00:00:00"},
    {"semiannually", "*-01,07-01 00:00:00"},
    {"semi-annually", "*-01,07-01 00:00:00"},
    {"biannually", "*-01,07-01 00:00:00"},
    {"bi-annually", "*-01,07-01 00:00:00"}};

/// Whether `text` begins so; `word` is in lower case.
bool begins(std::string_view text, std::string_view word) {
    return text.size() >= word.size() &&
           std::equal(word.begin(), word.end(), text.begin(),
                      [](char one, char other) { return one == lower_case(other); });
}

bool is(std::string_view text, std::string_view word) {
    return text.size() == word.size() && begins(text, word);
}

/// The weekday that a text begins with, and how long its name is there.
std::optional<std::pair<unsigned, std::size_t>> weekday_at(std::string_view text) {
    for (unsigned number = 0; number < weekday_names.size(); ++number) {
        for (const auto name : {weekday_names.at(number), weekday_names.at(number).substr(0, 3)}) {
            if (begins(text, name)) {
                return std::pair(number, name.size());
            }
        }
    }
    return std::nullopt;
}

/// As IANA's names are written; "UTC" is one.
bool looks_like_a_zone(std::string_view word) {
    const auto weekday = weekday_at(word);
    return !word.empty() && is_letter(word.front()) && (!weekday || weekday->second != word.size()) &&
           std::all_of(word.begin(), word.end(), [](char one) {
               return is_letter_or_digit(one) || one == '/' || one == '_' || one == '-' || one == '+';
           });
}

std::string_view without_blanks(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return text;
}

} // namespace

/// Takes an expression apart from left to right, as calendar_spec_from_string() in systemd's
/// src/shared/calendarspec.c does, with what that accepts beside the man page.
class CalendarExpression::Parser {
  public:
    explicit Parser(std::string_view text) : rest_(text) {}

    std::optional<CalendarExpression> parse() {
        take_time_zone();
        for (const auto& [name, meaning] : shorthands) {
            if (is(rest_, name)) {
                rest_ = meaning;
                break;
            }
        }
        if (rest_.empty() || !take_weekdays() || !take_date() || !(is_whole_ || take_time()) ||
            !rest_.empty()) {
            return std::nullopt;
        }
        for (auto& part : result_.years_) {
            part.start = whole_year(part.start);
            part.stop = part.stop ? std::optional(whole_year(*part.stop)) : std::nullopt;
        }
        for (auto* chain : {&result_.years_, &result_.months_, &result_.days_, &result_.hours_,
                            &result_.minutes_, &result_.microseconds_}) {
            put_in_order(*chain);
        }
        result_.from_end_of_month_ = result_.from_end_of_month_ && !result_.days_.empty();
        constexpr std::uint8_t all_weekdays = 0x7f;
        result_.weekdays_ = result_.weekdays_ == all_weekdays ? std::uint8_t{0} : result_.weekdays_;
        return is_valid() ? std::optional(std::move(result_)) : std::nullopt;
    }

  private:
    [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_.front(); }
    [[nodiscard]] bool at_end_of_date() const { return rest_.empty() || front() == ' '; }

    void take_time_zone() {
        const auto blank = rest_.rfind(' ');
        if (blank == std::string_view::npos || !looks_like_a_zone(rest_.substr(blank + 1))) {
            return;
        }
        result_.time_zone_ = rest_.substr(blank + 1);
        if (is(result_.time_zone_, "utc")) {
            result_.time_zone_ = "UTC";
        }
        rest_ = rest_.substr(0, blank);
    }

    /// None are fine; so is a comma behind the last.
    bool take_weekdays() {
        std::optional<unsigned> range_from;
        for (bool first = true;; first = false) {
            const auto weekday = weekday_at(rest_);
            if (!weekday) {
                return first;
            }
            const auto [number, length] = *weekday;
            rest_.remove_prefix(length);
            if (!rest_.empty() && std::string_view("-., ").find(front()) == std::string_view::npos) {
                return false;
            }
            if (range_from && *range_from > number) {
                return false;
            }
            for (auto day = range_from.value_or(number); day <= number; ++day) {
                result_.weekdays_ = static_cast<std::uint8_t>(result_.weekdays_ | 1U << day);
            }
            if (at_end_of_date()) {
                rest_ = without_blanks(rest_);
                return true;
            }
            const bool opens_a_range = front() != ',';
            if (opens_a_range && range_from) {
                return false;
            }
            if (front() == '.' && !rest_.starts_with("..")) {
                return false;
            }
            rest_.remove_prefix(front() == '.' ? 2 : 1);
            range_from = opens_a_range ? std::optional(number) : std::nullopt;
            if (at_end_of_date()) {
                rest_ = without_blanks(rest_);
                return !range_from;
            }
        }
    }

    /// None is fine: then it is any day. "@1395716396" is a moment, and nothing follows it.
    bool take_date() {
        if (rest_.empty()) {
            return true;
        }
        if (front() == '@') {
            return take_moment();
        }
        const auto before = rest_;
        Chain first;
        Chain middle;
        Chain third;
        if (!take_chain(first, false)) {
            return false;
        }
        if (rest_.empty() || front() == ':') { // it was a time
            rest_ = before;
            return true;
        }
        if (!take_separator() || !take_chain(middle, false)) {
            return false;
        }
        if (at_end_of_date()) {
            result_.months_ = std::move(first);
            result_.days_ = std::move(middle);
            rest_ = without_blanks(rest_);
            return true;
        }
        if (result_.from_end_of_month_ || !take_separator() || !take_chain(third, false) ||
            !at_end_of_date()) {
            return false;
        }
        result_.years_ = std::move(first);
        result_.months_ = std::move(middle);
        result_.days_ = std::move(third);
        rest_ = without_blanks(rest_);
        return true;
    }

    bool take_separator() {
        const char separator = front();
        if (separator != '-' && separator != '~') {
            return false;
        }
        result_.from_end_of_month_ = separator == '~';
        rest_.remove_prefix(1);
        return true;
    }

    bool take_moment() {
        rest_.remove_prefix(1);
        const auto value = take_number();
        constexpr std::int64_t a_long_time = 8'000'000'000; // past last_year
        if (!value || *value > a_long_time) {
            return false;
        }
        const auto time = std::chrono::sys_seconds(seconds(*value));
        const auto day = std::chrono::floor<days>(time);
        const std::chrono::year_month_day date(day);
        const auto set = [](Chain& chain, std::int64_t start) { chain = {Part{start, std::nullopt, 0}}; };
        set(result_.years_, int{date.year()});
        set(result_.months_, unsigned{date.month()});
        set(result_.days_, unsigned{date.day()});
        const auto of_day = (time - day).count();
        set(result_.hours_, of_day / 3600);
        set(result_.minutes_, of_day / 60 % 60);
        set(result_.microseconds_, of_day % 60 * second);
        result_.time_zone_ = "UTC";
        is_whole_ = true;
        return true;
    }

    /// Hours and minutes, and seconds or none; nothing at all is midnight.
    bool take_time() {
        const Chain zero{Part{}};
        result_.microseconds_ = zero;
        if (rest_.empty()) {
            result_.hours_ = result_.minutes_ = zero;
            return true;
        }
        if (!take_chain(result_.hours_, false) || front() != ':') {
            return false;
        }
        rest_.remove_prefix(1);
        if (!take_chain(result_.minutes_, false)) {
            return false;
        }
        if (rest_.empty()) {
            return true;
        }
        if (front() != ':') {
            return false;
        }
        rest_.remove_prefix(1);
        return take_chain(result_.microseconds_, true);
    }

    bool take_chain(Chain& chain, bool fractions) {
        chain.clear();
        if (front() == '*') {
            rest_.remove_prefix(1);
            if (fractions) {
                chain.push_back({0, std::nullopt, second});
            }
            return true;
        }
        constexpr std::size_t most_parts = 240; // systemd's CALENDARSPEC_COMPONENTS_MAX
        do {
            if (!chain.empty()) {
                rest_.remove_prefix(1);
            }
            if (chain.size() > most_parts || !take_part(chain, fractions)) {
                return false;
            }
        } while (front() == ',');
        return true;
    }

    bool take_part(Chain& chain, bool fractions) {
        Part part;
        const auto start = take_value(fractions);
        if (!start) {
            return false;
        }
        part.start = *start;
        if (rest_.starts_with("..")) {
            rest_.remove_prefix(2);
            part.stop = take_value(fractions);
            part.repeat = fractions ? second : 1;
            if (!part.stop) {
                return false;
            }
        }
        if (front() == '/') {
            rest_.remove_prefix(1);
            const auto repeat = take_value(fractions);
            if (!repeat || *repeat == 0) {
                return false;
            }
            part.repeat = *repeat;
        } else if (fractions && part.stop && part.start + part.repeat > *part.stop) {
            return false; // a range of less than a second says nothing without its step
        }
        if (!rest_.empty() && std::string_view(" ,-~:").find(front()) == std::string_view::npos) {
            return false;
        }
        chain.push_back(part);
        return true;
    }

    std::optional<std::int64_t> take_number() {
        const auto digits = rest_.substr(0, rest_.find_first_not_of("0123456789"));
        const auto value =
            parse_integer<std::int64_t>(digits, std::numeric_limits<std::int64_t>::max() / second);
        rest_.remove_prefix(value ? digits.size() : 0);
        return value;
    }

    /// In microseconds where it may have a fraction. One dot begins one, two dots a range.
    std::optional<std::int64_t> take_value(bool fractions) {
        auto value = take_number();
        if (!value || !fractions) {
            return value && *value <= std::numeric_limits<int>::max() ? value : std::nullopt;
        }
        *value *= second;
        if (front() != '.' || rest_.starts_with("..")) {
            return value;
        }
        rest_.remove_prefix(1);
        if (!is_digit(front())) {
            return std::nullopt;
        }
        for (auto digit = second / 10; is_digit(front()); digit /= 10) {
            *value += digit * (front() - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }

    static std::int64_t whole_year(std::int64_t year) {
        constexpr std::int64_t pivot = 70;
        return year < pivot ? year + 2000 : year < 100 ? year + 1900 : year;
    }

    /// A range ends with its last step, and is a single value where that is its first. Ascending, none twice.
    static void put_in_order(Chain& chain) {
        for (auto& part : chain) {
            if (part.stop && *part.stop > part.start && part.repeat > 0) {
                *part.stop -= (*part.stop - part.start) % part.repeat;
            }
            if (part.stop == part.start) {
                part = {part.start, std::nullopt, 0};
            }
        }
        std::sort(chain.begin(), chain.end());
        chain.erase(std::unique(chain.begin(), chain.end()), chain.end());
    }

    [[nodiscard]] bool is_valid() const {
        return are_within(result_.years_, first_year, last_year) && are_within(result_.months_, 1, 12) &&
               are_within(result_.days_, 1, 31, result_.from_end_of_month_) &&
               are_within(result_.hours_, 0, 23) && are_within(result_.minutes_, 0, 59) &&
               are_within(result_.microseconds_, 0, 60 * second - 1);
    }

    /// Every part lies within, and repeats at least once where it says that it does. Days from the end of the
    /// month are at most 28 from it, which every month has, and each further part three less: systemd's
    /// chain_valid() takes them off once a part.
    static bool are_within(const Chain& chain, std::int64_t from, std::int64_t to, bool from_end = false) {
        return std::all_of(chain.begin(), chain.end(), [&, to](const Part& part) mutable {
            to -= from_end ? 3 : 0;
            if (part.start < from || part.start > to || part.repeat > to - from) {
                return false;
            }
            if (part.stop) {
                return *part.stop >= from && *part.stop <= to && part.start + part.repeat <= *part.stop;
            }
            return from_end ? part.start - part.repeat >= from : part.start + part.repeat <= to;
        });
    }

    std::string_view rest_;
    bool is_whole_ = false; ///< a moment, which no time follows
    CalendarExpression result_;
};

std::optional<CalendarExpression> CalendarExpression::parse(std::string_view text) {
    return Parser(text).parse();
}

} // namespace fwlearn::model
