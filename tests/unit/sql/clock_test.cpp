// Does the record stay true to the time that was really observed, whatever the host's clock is set to?
#include "keeping.hpp"

#include <doctest/doctest.h>

using namespace fwlearn::sql;
using namespace fwlearn::sql::test;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::hours ten_years{10 * 365 * 24};

void observe(Keeping& keeping, int seconds) {
    for (int second = 0; second < seconds; ++second) {
        REQUIRE(keeping.second(1));
    }
}

std::chrono::milliseconds length(const Observation& observation) {
    return observation.ended.value_or(observation.last_alive) - observation.started;
}

} // namespace

TEST_CASE("a clock that is set by ten years and back ends an observation each time, and hides no second") {
    for (const auto by : {ten_years, -ten_years}) {
        CAPTURE(by.count());
        const TemporaryDirectory directory;
        Keeping keeping(directory / "flows.db");
        observe(keeping, 10);
        keeping.set_clock(by);
        observe(keeping, 10);
        keeping.set_clock(-by);
        observe(keeping, 10);
        keeping.keeper().end_observation(keeping.now());

        const Record record = Reader(keeping.path()).read();
        REQUIRE(record.observations.size() == 3);
        // The second in which it was set is known to be the one's up to then.
        CHECK(length(record.observations[0]) == 11s);
        CHECK(length(record.observations[1]) == 10s);
        CHECK(length(record.observations[2]) == 9s);
        CHECK(record.observations[1].started == at(11) + by);
        CHECK(record.observations[2].started == at(21));
        CHECK(record.gaps.empty());
        CHECK(stored(keeping.path()) == keeping.sent);
        CHECK(keeping.said.size() == 2);
        CHECK(Reader(keeping.path()).observations().back().ended == keeping.now().wall);
    }
}

TEST_CASE("a clock that is slewed, or corrected by less than a minute, makes one observation") {
    const TemporaryDirectory directory;
    Keeping keeping(directory / "flows.db");
    observe(keeping, 3);
    keeping.set_clock(59s);
    observe(keeping, 3);
    keeping.set_clock(-59s);
    observe(keeping, 3);
    const auto observations = Reader(keeping.path()).observations();
    REQUIRE(observations.size() == 1);
    CHECK(length(observations[0]) >= 0s);
    CHECK(keeping.said.empty());
}

TEST_CASE("a clock that is set while nothing can be stored is told when it can") {
    const TemporaryDirectory directory;
    Keeping keeping(directory / "flows.db");
    observe(keeping, 10);
    {
        SQLite::Database other(keeping.path().string(), SQLite::OPEN_READWRITE);
        other.exec("BEGIN EXCLUSIVE");
        CHECK_FALSE(keeping.second(1));
        keeping.set_clock(ten_years);
        CHECK_FALSE(keeping.second(1));
        keeping.set_clock(-2 * ten_years);
        CHECK_FALSE(keeping.second(1));
        other.exec("ROLLBACK");
    }
    observe(keeping, 10);
    const auto observations = Reader(keeping.path()).observations();
    REQUIRE(observations.size() == 2);
    CHECK(length(observations[0]) == 12s);
    CHECK(observations[1].started == at(13) - ten_years);
    CHECK(length(observations[1]) == 10s);
    CHECK(stored(keeping.path()) == keeping.sent);
}

TEST_CASE(
    "the time between two observations is told by the newer one, though an older one's clock was ahead") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    for (const auto clock :
         {std::chrono::hours(0), ten_years, std::chrono::hours(0), std::chrono::hours(0)}) {
        Writer writer(path);
        const auto newest = Reader(path).observations();
        const auto started = at(0) + clock + std::chrono::minutes(newest.size());
        writer.begin_observation(kernel_observation(started));
        writer.end_observation(started + 10s);
    }
    const Record record = Reader(path).read();
    REQUIRE(record.gaps.size() == 2);
    CHECK(record.gaps[0].started == at(10));
    CHECK(record.gaps[0].ended == at(60) + ten_years); // nobody can tell that this clock was wrong
    CHECK(record.gaps[1].started == at(130));
    CHECK(record.gaps[1].ended == at(180));
}
