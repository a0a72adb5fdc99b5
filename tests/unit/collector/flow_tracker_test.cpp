// What is a flow, from its log message to its end: the two arrive in any order, and how it went is kept.
#include "tracked_flows.hpp"

using namespace fwlearn;
using namespace fwlearn::collector::test;
using namespace std::chrono_literals;
using collector::FlowTracker;

TEST_CASE("a flow counts once however often its first packet is repeated") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    tracker.logged(tuple(), by(33), at(1000ms));
    tracker.logged(tuple(), by(33), at(3000ms));
    const auto counts = sum(tracker);
    CHECK(counts.count == 1);
    CHECK(counts.first_seen == at(0ms).wall);
    CHECK(counts.last_seen == at(3000ms).wall);
}

TEST_CASE("the order in which log message and end arrive does not matter") {
    for (const bool log_first : {true, false}) {
        FlowTracker tracker;
        dump(tracker, at(0ms));
        for (const bool log : {log_first, !log_first}) {
            if (log) {
                tracker.logged(tuple(), by(33), at(10ms));
            } else {
                tracker.closed(entry(7, true), true, at(10ms));
            }
        }
        tracker.sweep(at(10s), losing(at(10s)), nowhere);
        const auto deltas = tracker.take();
        model::FlowCounts counts;
        for (const auto& delta : deltas) {
            CHECK(delta.key.owner == model::SocketOwner::user(33, 33));
            counts += delta.counts;
        }
        CHECK(counts.count == 1);
        CHECK(counts.already_open == 0);
        CHECK(counts.answered == 1);
        CHECK(tracker.living() == 0);
    }
}

TEST_CASE("answered, refused and unanswered are kept apart") {
    const auto outcome = [](bool seen_reply, bool closed, bool unreachable) {
        FlowTracker tracker;
        tracker.logged(tuple(), by(0), at(0ms));
        if (unreachable) {
            tracker.unreachable(tuple(), at(1ms));
        }
        tracker.closed(entry(7, seen_reply, closed), true, at(5ms));
        return sum(tracker);
    };
    CHECK(outcome(true, false, false).answered == 1);
    CHECK(outcome(true, true, false).answered == 1); // a reset after data is an end like any other
    CHECK(outcome(false, true, false).refused == 1);
    CHECK(outcome(false, false, true).refused == 1);
    CHECK(outcome(false, false, true).unanswered == 0);
    CHECK(outcome(false, false, false).unanswered == 1);
}

TEST_CASE("inbound connections are no flows, also when conntrack was idle before") {
    FlowTracker tracker;
    tracker.closed(entry(7, true), false, at(1ms));
    tracker.already_open_inbound(tuple(50000));
    auto picked_up = entry(9);
    picked_up.tuple = tuple(50000);
    tracker.sweep(at(10s), losing(at(10s)), nowhere);
    dump(tracker, at(60s), {picked_up});
    tracker.closed(picked_up, true, at(61s));
    tracker.sweep(at(70s), losing(at(70s)), nowhere);
    CHECK(tracker.take().empty());
}

TEST_CASE("what this host sends to itself is no flow") {
    FlowTracker tracker;
    tracker.closed(entry(7), true, at(0ms));
    tracker.sweep(at(5s), losing(at(5s)), [](const model::Address&) { return true; });
    CHECK(tracker.take().empty());
}

TEST_CASE("a flow that conntrack never confirmed was stopped here") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    tracker.logged(tuple(), by(33), at(64s));
    for (const auto time : {1s, 120s, 180s}) {
        dump(tracker, at(time));
        tracker.sweep(at(time), losing(at(time)), nowhere);
        CHECK(tracker.living() == 1);
    }
    dump(tracker, at(240s));
    const auto counts = sum(tracker);
    CHECK(counts.count == 1);
    CHECK(counts.unanswered == 1);
    CHECK(tracker.living() == 0);
}

TEST_CASE("of a flow whose end may have been lost nobody says how it ended") {
    FlowTracker tracker;
    tracker.logged(tuple(1), by(33), at(0ms));
    tracker.lost_events(at(1s));
    tracker.logged(tuple(2), by(33), at(2s));
    dump(tracker, at(240s));
    const auto counts = sum(tracker);
    CHECK(counts.count == 2);
    CHECK(counts.unanswered == 1);
    CHECK(tracker.living() == 0);
}

TEST_CASE("what begins when nothing is logged any more belongs to no observation") {
    FlowTracker tracker;
    dump(tracker, at(0ms));
    tracker.logged(tuple(1), by(33), at(0ms));
    tracker.no_more_logs();
    tracker.closed(entry(7), true, at(1ms));
    auto dumped = entry(8, true);
    dumped.tuple = tuple(2);
    auto known = entry(9, true);
    known.tuple = tuple(1);
    dump(tracker, at(2ms), {dumped, known});
    tracker.finish(at(3ms), losing(at(3ms)), nowhere);
    const auto counts = sum(tracker);
    CHECK(counts.count == 1);
    CHECK(counts.answered == 1);
}
