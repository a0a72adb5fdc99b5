#include "model/calendar_expression.hpp"

#include <algorithm>
#include <iterator>

namespace fwlearn::model {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::seconds;

} // namespace

/// A moment on the wall clock, unit by unit; a unit may be past its end, as 24:00 or 31 February.
struct CalendarExpression::Moment {
    std::int64_t year = 0, month = 1, day = 1, hour = 0, minute = 0, microsecond = 0;

    static Moment at(LocalSecond time) {
        const auto date_of = std::chrono::floor<days>(time);
        const std::chrono::year_month_day date(date_of);
        const auto of_day = (time - date_of).count();
        return {int{date.year()}, unsigned{date.month()}, unsigned{date.day()},
                of_day / 3600,    of_day / 60 % 60,       of_day % 60 * second};
    }
    [[nodiscard]] LocalSecond whole_second() const {
        const auto months = (year * 12) + month - 1;
        const std::chrono::year_month first(std::chrono::year(static_cast<int>(months / 12)),
                                            std::chrono::month(static_cast<unsigned>(months % 12) + 1));
        return local_days(first / 1) + days(day - 1) + std::chrono::hours(hour) +
               std::chrono::minutes(minute) + seconds(microsecond / second);
    }
    [[nodiscard]] Moment normalized() const {
        auto result = at(whole_second());
        result.microsecond += microsecond % second;
        return result;
    }
    /// The unit and all that are smaller go to where they begin.
    void restart_from(std::int64_t Moment::*unit) {
        bool from_here = false;
        for (const auto one :
             {&Moment::month, &Moment::day, &Moment::hour, &Moment::minute, &Moment::microsecond}) {
            from_here = from_here || one == unit;
            if (from_here) {
                this->*one = one == &Moment::month || one == &Moment::day ? 1 : 0;
            }
        }
    }
    bool operator==(const Moment&) const = default;
};

/// The units from the largest on, and their chains.
struct CalendarExpression::Unit {
    std::int64_t Moment::*value;
    const Chain CalendarExpression::*chain;
};
const CalendarExpression::Unit CalendarExpression::units[] = {
    {&Moment::year, &CalendarExpression::years_},
    {&Moment::month, &CalendarExpression::months_},
    {&Moment::day, &CalendarExpression::days_},
    {&Moment::hour, &CalendarExpression::hours_},
    {&Moment::minute, &CalendarExpression::minutes_},
    {&Moment::microsecond, &CalendarExpression::microseconds_}};

/// Days from the end of this month as days from its beginning: steps lead towards its end.
CalendarExpression::Chain CalendarExpression::days_in(const Moment& moment) const {
    if (!from_end_of_month_) {
        return days_;
    }
    const std::chrono::year_month month(std::chrono::year(static_cast<int>(moment.year)),
                                        std::chrono::month(static_cast<unsigned>(moment.month)));
    const std::int64_t length = unsigned{(month / std::chrono::last).day()};
    Chain counted;
    for (const auto& part : days_) {
        counted.push_back({length + 1 - part.start, std::nullopt, part.repeat});
        if (part.stop) {
            counted.back().stop = length + 1 - *part.stop;
            std::swap(counted.back().start, *counted.back().stop);
        }
    }
    return counted;
}

/// The least value that is not below this one; it may be past what the unit has.
std::optional<std::int64_t> CalendarExpression::not_below(const Chain& chain, std::int64_t value) {
    if (chain.empty()) {
        return value;
    }
    std::optional<std::int64_t> least;
    for (const auto& part : chain) {
        auto found = part.start;
        if (found < value) {
            if (part.repeat == 0) {
                continue;
            }
            found += (value - found + part.repeat - 1) / part.repeat * part.repeat;
            if (part.stop && found > *part.stop) {
                continue;
            }
        }
        least = std::min(least.value_or(found), found);
    }
    return least;
}

/// Whether the value of this unit stands; else `moment` is where to look again, from the year on. What is
/// past a unit's end goes over into the next larger one as in systemd's tm_within_bounds(): a step that leads
/// over the end of a day is counted on behind it, so that "*:0/7" leaves 00:00 out.
bool CalendarExpression::settle(std::size_t index, Moment& moment) const {
    const auto unit = units[index].value;
    const auto found =
        not_below(unit == &Moment::day ? days_in(moment) : this->*units[index].chain, moment.*unit);
    const auto give_up = [&] {
        moment.*units[index - 1].value += 1;
        moment.restart_from(unit);
        return false;
    };
    if (!found) {
        return index == 0 ? (moment.year = last_year + 1, false) : give_up();
    }
    if (*found != moment.*unit && index + 1 < std::size(units)) {
        moment.restart_from(units[index + 1].value);
    }
    moment.*unit = *found;
    auto whole = moment.normalized();
    if (whole == moment) {
        return true;
    }
    for (std::size_t larger = 0; larger + 1 < std::size(units); ++larger) {
        if (whole.*units[larger].value != moment.*units[larger].value) {
            whole.*units[larger + 1].value = larger < 2 ? 1 : 0;
            break;
        }
    }
    moment = whole;
    return false;
}

bool CalendarExpression::is_on_weekday(const Moment& moment) const {
    const auto weekday =
        std::chrono::weekday(std::chrono::floor<days>(moment.whole_second())).iso_encoding() - 1;
    return weekdays_ == 0 || (weekdays_ >> weekday & 1U) != 0;
}

std::optional<LocalSecond> CalendarExpression::next(LocalSecond after) const {
    constexpr int most_steps = 1000; // systemd's MAX_CALENDAR_ITERATIONS
    auto moment = Moment::at(
        std::max(after, LocalSecond(local_days(std::chrono::year(first_year) / 1 / 1)) - seconds(1)));
    moment.microsecond += 1;
    for (int step = 0; step < most_steps; ++step) {
        moment = moment.normalized();
        bool settled = moment.year <= last_year;
        for (std::size_t index = 0; settled && index < std::size(units); ++index) {
            settled = settle(index, moment);
            if (settled && units[index].value == &Moment::day && !is_on_weekday(moment)) {
                moment.day += 1;
                moment.restart_from(&Moment::hour);
                settled = false;
            }
        }
        if (moment.year > last_year) {
            return std::nullopt;
        }
        if (settled) {
            if (moment.whole_second() > after) {
                return moment.whole_second();
            }
            moment.microsecond += 1; // the rest of this second
        }
    }
    return std::nullopt;
}

} // namespace fwlearn::model
