// The lines of anacrontab(5) as jobs. Knows no files. Used by the schedules, which name runs, and by the
// ledger.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fwlearn::collector::host {

enum class AnacronPeriod : std::uint8_t { days, month, year };

struct AnacronLine {
    std::uint32_t line = 0; ///< where it begins
    std::string when;       ///< period and delay, as they are written
    AnacronPeriod period = AnacronPeriod::days;
    std::uint32_t days = 0;          ///< of a period in days
    std::uint32_t delay_minutes = 0; ///< with RANDOM_DELAY=, as far as it may go
    std::uint32_t first_hour = 0;    ///< of START_HOURS_RANGE=; 0 where there is none
    std::string identifier;          ///< what its stamp is called
    std::string command;
};

/// Lines that anacron would not take are passed over, as it does. Also what only cronie's anacron knows
/// (@daily, @weekly, RANDOM_DELAY=, START_HOURS_RANGE=): who writes them has that one.
std::vector<AnacronLine> read_anacrontab(std::string_view text);

} // namespace fwlearn::collector::host
