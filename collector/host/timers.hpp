// Which systemd timer triggers which unit, as systemd.timer(5) has it: of the system's manager, and of those
// of users. Needs no systemd to run. Used by the schedules and the ledger.
#pragma once

#include "unit_files.hpp"

#include <model/foreign_text.hpp>

#include <filesystem>
#include <map>
#include <optional>

namespace fwlearn::collector::host {

struct Timer {
    Unit file;        ///< its name is the timer's
    std::string unit; ///< what it triggers
    bool started = false;
};

/// All that have a file or a link that starts them, in order of their names: also masked ones and templates.
std::vector<Timer> timers_in(const UnitFiles& units);

/// Unit -> timer; of several timers of a unit one that is started, else the alphabetically first. Templates
/// under their own names: dump@.service -> dump@.timer.
using TimersByUnit = std::map<model::ForeignText, model::ForeignText>;
TimersByUnit by_unit(const std::vector<Timer>& timers);

/// The timer of a unit; of an instance the same instance of the template's timer.
std::optional<model::ForeignText> timer_of(const TimersByUnit& timers, const model::ForeignText& unit);

} // namespace fwlearn::collector::host
