// Lengths of time as systemd.time(7) has them: "1h 30min", "5min20s", "90", "1.5d". Pure. Used by the
// ledger's timers.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace fwlearn::collector::host {

/// A number without a unit is seconds. "infinity", and what is longer than can be said, is the greatest
/// value. Nothing where systemd would refuse it.
std::optional<std::chrono::microseconds> parse_time_span(std::string_view text);

} // namespace fwlearn::collector::host
