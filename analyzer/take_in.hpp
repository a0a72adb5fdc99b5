// After widening: of one sender, services of one place that overlap become one range, and what a wider wish
// admits as well is asked for by that one alone. So no rule is in vain, and none has a service twice.
// Knows nothing of why a wish is wide. Private to this room; called by wishes.
#pragma once

#include "wishes.hpp"

namespace fwlearn::analyzer {

/// Of one selector and protocol. Afterwards the ranges of each place are disjoint, and together they admit
/// what they did before.
void take_in(std::span<Wish> wishes);

} // namespace fwlearn::analyzer
