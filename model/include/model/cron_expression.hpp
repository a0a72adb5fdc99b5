// When a line of a crontab runs: the five fields, or the @word, that crontab(5) has before the command, as
// Debian's cron (3.0pl1) reads them. In the local time of whoever runs it: no time zone is known here, and no
// clock is read.
#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <string_view>

namespace fwlearn::model {

/// A minute on the wall clock.
using LocalMinute = std::chrono::local_time<std::chrono::minutes>;

class CronExpression {
  public:
    /// "*/5 4-6 * jan,feb mon", "@daily": one blank or several between fields, none around them needed.
    /// Nothing where cron would refuse the line.
    static std::optional<CronExpression> parse(std::string_view text);

    /// @reboot: when cron starts, and never by the clock.
    [[nodiscard]] bool is_at_boot() const { return at_boot_; }
    /// Whether it runs in this minute.
    [[nodiscard]] bool runs_at(LocalMinute minute) const;
    /// The first minute after this one in which it runs; nothing where there is none (30 February, @reboot).
    [[nodiscard]] std::optional<LocalMinute> next(LocalMinute after) const;

    bool operator==(const CronExpression&) const = default;

  private:
    [[nodiscard]] bool runs_on(std::chrono::local_days day) const;

    bool at_boot_ = false;
    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;    ///< of the month, from 1 on
    std::bitset<13> months_;  ///< from 1 on
    std::bitset<7> weekdays_; ///< Sunday is 0
    /// The field begins with "*", also as "*/2": then the other one alone decides on the day.
    bool any_day_ = false;
    bool any_weekday_ = false;
};

} // namespace fwlearn::model
