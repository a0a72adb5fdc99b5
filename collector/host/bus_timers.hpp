// Asks systemd which timers it has loaded, and how they are: what no file tells, like the random delay that a
// run will have. As root over the socket on which process 1 listens for root alone, which needs no message
// bus; as another user over the system's bus. Nobody else can answer on either. Waits half a second at most
// in all, and asks nothing twice. Must not know what files say (timer_overlay.hpp puts both together). Used
// by the schedule watch.
#pragma once

#include "timer_overlay.hpp"

#include <chrono>
#include <optional>
#include <vector>

struct sd_bus;

namespace fwlearn::collector::host {

/// How long one reading may wait for systemd's answers together.
inline constexpr std::chrono::milliseconds bus_patience{500};

/// Nothing where systemd does not answer, or not all in time. In order of their names.
/// `monotonic`: the time by CLOCK_MONOTONIC that goes with `wall`.
std::optional<std::vector<BusTimer>> ask_systemd_for_timers(model::Timestamp wall,
                                                            std::chrono::nanoseconds monotonic);

/// The same of whoever is at a bus's other end.
std::optional<std::vector<BusTimer>> ask_for_timers(sd_bus& bus, model::Timestamp wall,
                                                    std::chrono::nanoseconds monotonic,
                                                    std::chrono::milliseconds patience = bus_patience);

} // namespace fwlearn::collector::host
