// Is a whitelist that nobody confirms taken back on time when the machine's clock is stepped meanwhile? Steps
// it: only for a machine of the test's own (tests/kernels/boot).
#include "applying/applying.hpp"
#include "ground/failure.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

/// Of CLOCK_REALTIME, which is what date(1) and chronyd(8) set.
void step_clock(std::chrono::hours by) {
    timespec now{};
    must(clock_gettime(CLOCK_REALTIME, &now), "clock_gettime");
    now.tv_sec += std::chrono::seconds(by).count();
    must(clock_settime(CLOCK_REALTIME, &now), "clock_settime");
}

} // namespace

TEST_CASE("a clock that is stepped by an hour, either way, moves no deadline") {
    REQUIRE_MESSAGE(std::getenv("FWLEARN_OWN_MACHINE") != nullptr,
                    "this sets the machine's clock: it belongs into a machine of its own");
    for (const auto by : {std::chrono::hours(1), std::chrono::hours(-1)}) {
        CAPTURE(by.count());
        const Applying server;
        server.load_another_programs_tables();
        const auto before = server.ruleset();
        const auto applied = server.run({"apply", "--yes", "--confirm-within", "5s"});
        REQUIRE_MESSAGE(applied.status == 0, applied.err);
        step_clock(by);
        server.wait_for("taken-back.json");
        CHECK(server.ruleset() == before);
        const auto outcome = server.outcome();
        CHECK(outcome.begun >= outcome.deadline);
        CHECK(outcome.ended - outcome.deadline <= std::chrono::seconds(2));
        MESSAGE("taken back ", (outcome.ended - outcome.deadline).count(), " ms after the deadline");
        step_clock(-by);
    }
}
