// Which systemd timer triggers which unit, from unit files below a root, as systemd.unit(5) and
// systemd.timer(5) have it. Needs no systemd to run. Used by the schedules.
#pragma once

#include <model/foreign_text.hpp>

#include <filesystem>
#include <map>

namespace fwlearn::collector::host {

/// Unit -> timer; of several timers of a unit the alphabetically first. Templates under their own names:
/// dump@.service -> dump@.timer.
std::map<model::ForeignText, model::ForeignText> read_timers(const std::filesystem::path& root);

} // namespace fwlearn::collector::host
