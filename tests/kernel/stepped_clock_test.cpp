// Is a whitelist that nobody confirms taken back on time when the machine's clock is stepped meanwhile? Steps
// it: only for a machine of the test's own (tests/kernels/boot).
#include "applying/applying.hpp"
#include "ground/step_clock.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

TEST_CASE("a clock that is stepped by an hour, either way, moves no deadline") {
    require_own_machine();
    for (const auto by : {std::chrono::hours(1), std::chrono::hours(-1)}) {
        CAPTURE(by.count());
        const Applying server;
        server.load_another_programs_tables();
        const auto before = server.ruleset();
        const auto applied = server.run({"apply", "--yes", "--confirm-within", "5s"});
        REQUIRE_MESSAGE(applied.status == 0, applied.err);
        step_clock(by);
        server.wait_until_taken_back();
        CHECK(server.ruleset() == before);
        const auto outcome = server.outcome();
        CHECK(outcome.begun >= outcome.deadline);
        CHECK(outcome.ended - outcome.deadline <= std::chrono::seconds(2));
        MESSAGE("taken back ", (outcome.ended - outcome.deadline).count(), " ms after the deadline");
        step_clock(-by);
    }
}
