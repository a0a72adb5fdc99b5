// Whether flows come at a fixed period, as far as counts by the hour can tell.
// Knows nothing of who sent them. Private to this room; called by suspicion.
#pragma once

#include <model/flow.hpp>

#include <cstddef>
#include <span>

namespace fwlearn::analyzer {

/// What comes in fewer hours has no period.
constexpr std::size_t fewest_hours = 4;

/// Either at least three full hours, those between the first and the last of hours without a pause, of which
/// nine in ten have the same count, give or take 1 or 2 %; or one flow each at least four times, so and so
/// many hours apart. A steady load of few flows an hour has to be so for longer. `hours` as a flow's.
bool has_fixed_period(std::span<const model::HourCount> hours);

} // namespace fwlearn::analyzer
