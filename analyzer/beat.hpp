// Whether flows come at a fixed period, as far as counts by the hour can tell.
// Knows nothing of who sent them. Private to this room; called by suspicion.
#pragma once

#include <model/time.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fwlearn::analyzer {

struct HourCount {
    model::Hour hour;
    std::uint64_t count = 0; ///< of flows that began in it; not 0

    auto operator<=>(const HourCount&) const = default;
};

/// What comes in fewer hours has no period.
constexpr std::size_t fewest_hours = 4;

/// Either at least three full hours, those between the first and the last of hours without a pause, of which
/// nine in ten have the same count, give or take 1 or 2 %; or one flow each at least four times, so and so
/// many hours apart. A steady load of few flows an hour has to be so for longer. `hours` ascending.
bool has_fixed_period(const std::vector<HourCount>& hours);

} // namespace fwlearn::analyzer
