#include "name_turns.hpp"

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace std::chrono_literals;

TEST_CASE("a name is asked for as its TTL runs out, between a second and an hour") {
    cli::NameTurns turns;
    CHECK(turns.after({true, 60}) == 60s);
    CHECK(turns.after({true, 0}) == 1s);
    CHECK(turns.after({true, 0xffffffff}) == 1h);
    CHECK(turns.after({true, {}}) == 30s); // hosts(5) knows it
    CHECK_FALSE(turns.failing());
}

TEST_CASE("a name that nobody answers for is asked for ever more rarely, until it is answered") {
    cli::NameTurns turns;
    for (const auto wait : {30s, 60s, 120s, 240s, 480s, 600s, 600s}) {
        CHECK(turns.after({}) == wait);
        CHECK(turns.failing());
    }
    for (int more = 0; more < 100; ++more) {
        CHECK(turns.after({}) == 10min);
    }
    CHECK(turns.after({true, 5}) == 5s);
    CHECK_FALSE(turns.failing());
    CHECK(turns.after({}) == 30s);
}

TEST_CASE("a name that has other addresses whenever it is asked for is asked for every 30 seconds at most") {
    cli::NameTurns turns;
    CHECK(turns.after({true, 1, true}) == 1s); // it may have moved on, and stay there
    CHECK(turns.after({true, 1, false}) == 1s);
    for (int more = 0; more < 3; ++more) {
        CHECK(turns.after({true, 1, true}) == 1s);
    }
    CHECK(turns.after({true, 1, true}) == 30s);
    CHECK(turns.after({true, 60, true}) == 60s);
    CHECK(turns.after({true, 1, false}) == 1s);
}
