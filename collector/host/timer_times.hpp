// When a timer elapses, from the [Timer] section of its unit (systemd.timer(5)). Pure. Used by the ledger.
#pragma once

#include "timers.hpp"

#include <model/calendar_expression.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace fwlearn::collector::host {

struct TimerTimes {
    std::vector<std::string> when; ///< as written: "OnCalendar=daily"; also what systemd cannot read
    std::vector<model::CalendarExpression> calendar;
    /// The least of OnUnitActiveSec= and OnUnitInactiveSec=: how long after a run the next one comes.
    std::optional<std::chrono::seconds> after_run;
    bool after_start = false; ///< OnBootSec=, OnStartupSec= or OnActiveSec=
    bool on_change = false;   ///< OnClockChange= or OnTimezoneChange=
    /// RandomizedDelaySec= and AccuracySec= together.
    std::chrono::seconds delay{0};

    /// Without any time systemd does not load the timer ("Timer unit lacks value setting").
    [[nodiscard]] bool any() const { return !calendar.empty() || after_run || after_start || on_change; }
};

TimerTimes times_of(const Unit& timer);

} // namespace fwlearn::collector::host
