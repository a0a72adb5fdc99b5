#include "load.hpp"

#include <doctest/doctest.h>

namespace fwlearn::collector {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::steady_clock::time_point start{100s};

/// Much comes, found together once in a tenth of a second, the last time at `time`.
Load busy(std::chrono::steady_clock::time_point& time) {
    Load load(1000);
    for (int tenth = 0; tenth < 5; ++tenth) {
        load.came(1000, time += 100ms);
    }
    return load;
}

TEST_CASE("load: what comes is much from so many messages a second on") {
    Load few(1000);
    Load many(1000);
    for (auto time = start; time < start + 1s; time += 10ms) {
        few.came(9, time);
        many.came(11, time);
    }
    CHECK_FALSE(few.is_high());
    CHECK(many.is_high());
}

TEST_CASE("load: what is read once in a tenth of a second is as much as it is, whenever in it that falls") {
    auto time = start;
    auto load = busy(time);
    CHECK(load.is_high());
    load.came(1000, time += 99ms); // a second time in one window
    CHECK(load.is_high());
    load.came(9, time += 1ms); // and the next has hardly any
    CHECK(load.is_high());
    load.came(1000, time += 100ms);
    CHECK(load.is_high());
}

TEST_CASE("load: it is over when little comes") {
    auto time = start;
    auto load = busy(time);
    for (int tenth = 0; tenth < 3; ++tenth) {
        load.came(1, time += 100ms);
    }
    CHECK_FALSE(load.is_high());
}

} // namespace
} // namespace fwlearn::collector
