// Sets the machine's clock, as date(1) and chronyd(8) do. Only for a machine of the test's own
// (tests/kernels/boot). Used by the tests of stepped clocks.
#pragma once

#include "failure.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>

namespace fwlearn::kernel_test {

inline void require_own_machine() {
    REQUIRE_MESSAGE(std::getenv("FWLEARN_OWN_MACHINE") != nullptr,
                    "this sets the machine's clock: it belongs into a machine of its own");
}

inline void step_clock(std::chrono::seconds by) {
    require_own_machine();
    timespec now{};
    must(clock_gettime(CLOCK_REALTIME, &now), "clock_gettime");
    now.tv_sec += by.count();
    must(clock_settime(CLOCK_REALTIME, &now), "clock_settime");
}

} // namespace fwlearn::kernel_test
