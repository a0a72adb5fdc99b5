// More flows than the tracker has room for: each is counted, and no user takes the others' room.
#include "tracked_flows.hpp"

using namespace fwlearn;
using namespace fwlearn::collector::test;
using namespace std::chrono_literals;
using collector::FlowTracker;

TEST_CASE(
    "beyond its capacity the tracker counts each flow at once, and once, and none without a log message") {
    FlowTracker tracker(2);
    const auto told_of = [](std::uint16_t port, std::uint32_t id) {
        auto told = entry(id);
        told.tuple = tuple(port);
        return told;
    };
    for (int time = 0; time < 2; ++time) { // a first packet, and its repetition
        for (std::uint16_t port = 1; port <= 5; ++port) {
            tracker.logged(tuple(port), by(33), at(0ms));
        }
    }
    tracker.begin_dump(at(100ms));
    for (std::uint16_t port = 1; port <= 7; ++port) { // two more than were logged
        tracker.dumped(told_of(port, port), at(100ms));
    }
    tracker.end_dump();
    CHECK(sum(tracker).count == 5);
    CHECK(tracker.counted_at_once() == 3);
    CHECK(tracker.living() == 2);
    tracker.closed(told_of(6, 6), true, at(150ms));
    tracker.closed(told_of(7, 7), true, at(150ms));
    CHECK(tracker.overlooked() == 2);
    // The end of one that was counted at once makes no flow; the next one with its tuple is one.
    tracker.closed(told_of(5, 5), true, at(200ms));
    tracker.finish(at(10s), losing(at(10s)), nowhere);
    CHECK(sum(tracker).count == 0);
    tracker.logged(tuple(5), by(33), at(11s));
    CHECK(sum(tracker).count == 1);
}

TEST_CASE("what a dump has forgotten before its time came gives its place back once") {
    constexpr std::size_t capacity = 4;
    FlowTracker tracker(capacity);
    tracker.logged(tuple(1), by(33), at(0ms));
    auto told = entry(7);
    told.tuple = tuple(1);
    tracker.closed(told, true, at(10ms));
    dump(tracker, at(10s));
    CHECK(tracker.living() == 0);
    tracker.sweep(at(10s), losing(at(10s)), nowhere);
    for (std::uint16_t port = 2; port <= 3; ++port) { // each in a place of its own
        tracker.logged(tuple(port), by(33), at(11s));
    }
    CHECK(tracker.living() == 2);
    sum(tracker);
    for (std::uint16_t port = 2; port <= 3; ++port) {
        told.tuple = tuple(port);
        told.id = port;
        tracker.closed(told, true, at(40s));
    }
    CHECK(sum(tracker).unanswered == 2);
    CHECK(tracker.living() == 0);
}

TEST_CASE("who opens flows without end keeps no other user's from being followed to their ends") {
    constexpr std::uint16_t capacity = 6400;
    FlowTracker tracker(capacity);
    for (std::uint32_t flow = 0; flow < 3U * capacity; ++flow) {
        auto to = tuple(static_cast<std::uint16_t>(flow));
        to.destination.address = model::Address::v4(flow);
        tracker.logged(to, by(1000), at(0ms));
    }
    CHECK(tracker.living() == capacity - capacity / 8);
    CHECK(sum(tracker).count == 3U * capacity);
    for (std::uint32_t user = 1; user <= 8; ++user) {
        for (std::uint16_t port = 1; port <= 100; ++port) {
            auto told = entry(user * 1000 + port, true);
            told.tuple = tuple(port, static_cast<std::uint16_t>(user));
            tracker.logged(told.tuple, by(user), at(1s));
            tracker.closed(told, true, at(2s));
        }
    }
    CHECK(sum(tracker).answered == 800);
    tracker.sweep(at(10s), losing(at(10s)), nowhere); // whose places are free again
    CHECK(tracker.living() == capacity - capacity / 8);
}
