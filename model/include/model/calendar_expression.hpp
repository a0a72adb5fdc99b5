// When a systemd timer elapses by the calendar: what OnCalendar= takes (systemd.time(7), "Calendar events"),
// as systemd 252 reads it. On the wall clock: a time zone behind the expression is told and not applied, and
// no clock is read.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fwlearn::model {

/// A second on the wall clock.
using LocalSecond = std::chrono::local_time<std::chrono::seconds>;

class CalendarExpression {
  public:
    /// "Mon..Fri *-*-* 6,18:00", "weekly", "*-*~1 Europe/Berlin". Nothing where systemd would refuse it; a
    /// word at the end that looks like a time zone is taken for one, whether there is such a zone or not.
    static std::optional<CalendarExpression> parse(std::string_view text);

    /// "UTC", or IANA's name; empty: the host's own.
    [[nodiscard]] const std::string& time_zone() const { return time_zone_; }
    /// The first second after this one in which it elapses, fractions of a second dropped; nothing where
    /// there is none before 2200.
    [[nodiscard]] std::optional<LocalSecond> next(LocalSecond after) const;

    bool operator==(const CalendarExpression&) const = default;

  private:
    class Parser;
    static constexpr std::int64_t second = 1'000'000; ///< in microseconds
    static constexpr std::int64_t first_year = 1970;  ///< systemd's MIN_YEAR
    static constexpr std::int64_t last_year = 2199;   ///< and MAX_YEAR
    /// start, start + repeat, ... up to stop, or to the end of what the unit has; just start where repeat is
    /// 0.
    struct Part {
        std::int64_t start = 0;
        std::optional<std::int64_t> stop;
        std::int64_t repeat = 0;
        auto operator<=>(const Part&) const = default;
    };
    /// Any of the parts; all values where there is none.
    using Chain = std::vector<Part>;

    struct Moment;
    struct Unit;
    static const Unit units[];

    [[nodiscard]] Chain days_in(const Moment& moment) const;
    static std::optional<std::int64_t> not_below(const Chain& chain, std::int64_t value);
    bool settle(std::size_t index, Moment& moment) const;
    [[nodiscard]] bool is_on_weekday(const Moment& moment) const;

    Chain years_, months_, days_, hours_, minutes_, microseconds_;
    bool from_end_of_month_ = false; ///< days_ count from there: 1 is the last
    std::uint8_t weekdays_ = 0;      ///< bit 0 is Monday; none: any
    std::string time_zone_;
};

} // namespace fwlearn::model
