#include "observed_time.hpp"

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace std::chrono_literals;
using analyzer::ObservedTime;

namespace {

const auto start = *model::parse_rfc3339("2026-11-01T00:00:00Z");

model::Observation observed(std::chrono::milliseconds from, std::chrono::milliseconds to) {
    model::Observation observation;
    observation.started = start + from;
    observation.last_alive = start + to;
    return observation;
}

std::vector<std::pair<std::chrono::milliseconds, std::chrono::milliseconds>>
pieces(const ObservedTime& time) {
    std::vector<std::pair<std::chrono::milliseconds, std::chrono::milliseconds>> result;
    for (const auto& stretch : time.stretches()) {
        result.emplace_back(stretch.from - start, stretch.to - start);
    }
    return result;
}

using Pieces = std::vector<std::pair<std::chrono::milliseconds, std::chrono::milliseconds>>;

} // namespace

TEST_CASE("observations that overlap or touch are one stretch, and one without length is none") {
    model::Record record;
    record.observations = {observed(5h, 7h), observed(0h, 2h), observed(2h, 3h), observed(6h, 6h + 30min),
                           observed(9h, 9h)};
    CHECK(pieces(ObservedTime::watched(record)) == Pieces{{0h, 3h}, {5h, 7h}});
    CHECK(ObservedTime::watched(record).sum() == 5h);
    CHECK(ObservedTime::watched({}).empty());
}

TEST_CASE("lost events take their time away, wherever they lie") {
    model::Record record;
    record.observations = {observed(0h, 10h), observed(20h, 30h)};
    const auto lose = [&record](std::chrono::milliseconds from, std::chrono::milliseconds to) {
        record.gaps.push_back({start + from, start + to, model::GapReason::nflog_overrun, 1});
    };
    lose(-1h, 1h);
    lose(3h, 4h);
    lose(3h + 30min, 5h);
    lose(9h, 21h);
    lose(29h, 40h);
    CHECK(pieces(ObservedTime::sound(record)) == Pieces{{1h, 3h}, {5h, 9h}, {21h, 29h}});
    CHECK(pieces(ObservedTime::watched(record)) == Pieces{{0h, 10h}, {20h, 30h}});
    lose(0h, 100h);
    CHECK(ObservedTime::sound(record).empty());
}

TEST_CASE(
    "unreadable lines of a file, a time in which another observed, and senders not filed take nothing away") {
    model::Record record;
    record.observations = {observed(0h, 10h)};
    record.gaps = {{start, start + 10h, model::GapReason::malformed_input, 1},
                   {start, start + 10h, model::GapReason::senders_not_filed, 1},
                   {start + 2h, start + 3h, model::GapReason::not_running, std::nullopt}};
    CHECK(ObservedTime::sound(record).sum() == 10h);
}

TEST_CASE("a moment and a part of the time are found in it") {
    model::Record record;
    record.observations = {observed(0h, 2h), observed(5h, 7h)};
    const auto time = ObservedTime::watched(record);
    const auto contains = [&time](model::Timestamp moment) {
        return time.within(moment, moment + 1ms) == 1ms;
    };
    CHECK(contains(start));
    CHECK(contains(start + 2h - 1ms));
    CHECK_FALSE(contains(start + 2h));
    CHECK_FALSE(contains(start - 1ms));
    CHECK(contains(start + 6h));
    CHECK(time.within(start + 1h, start + 6h) == 2h);
    CHECK(time.within(start - 5h, start + 50h) == 4h);
    CHECK(time.within(start + 3h, start + 4h) == 0h);
    CHECK(time.within(start + 6h, start + 5h) == 0h);
}
