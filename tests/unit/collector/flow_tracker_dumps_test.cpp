// What only a dump of conntrack tells: flows from before, flows that nobody was told of, and bytes as they
// grow.
#include "tracked_flows.hpp"

using namespace fwlearn;
using namespace fwlearn::collector::test;
using namespace std::chrono_literals;
using collector::FlowTracker;

TEST_CASE("a flow whose log message was lost is counted, with nobody known to have sent it") {
    FlowTracker tracker;
    dump(tracker, at(0ms));
    SUBCASE("when it ends") {
        for (int count = 0; count < 2; ++count) {
            dump(tracker, at(0ms));
        }
        tracker.closed(entry(7), true, at(0ms));
    }
    SUBCASE("when it is found to live") {
        dump(tracker, at(0ms), {entry(7)});
    }
    tracker.sweep(at(1s), nowhere);
    CHECK(sum(tracker).count == 0);
    tracker.sweep(at(5s), nowhere);
    std::uint64_t flows = 0;
    for (const auto& delta : tracker.take()) {
        flows += delta.counts.count;
        CHECK(delta.counts.already_open == 0);
        CHECK(delta.key.owner.kind == model::OwnerKind::unknown);
    }
    CHECK(flows == 1);
}

TEST_CASE("what had expired before, and was not collected, is none that began") {
    FlowTracker tracker;
    for (std::uint16_t dump = 0; dump < 2; ++dump) {
        tracker.begin_dump(at(dump * 1min));
        auto expired = entry(7);
        expired.tuple = tuple(dump);
        tracker.closed(expired, true, at(dump * 1min));
        tracker.end_dump();
    }
    tracker.sweep(at(2min), nowhere);
    const auto counts = sum(tracker);
    CHECK(counts.count == 2);
    CHECK(counts.already_open == 2);
}

TEST_CASE("connections from before are taken in once and marked") {
    FlowTracker tracker;
    tracker.already_open(tuple(), by(33), at(0ms));
    tracker.begin_dump(at(0ms));
    auto seen = entry(7, true);
    seen.traffic.bytes_out = 1000;
    tracker.dumped(seen, at(0ms));
    auto without_socket = entry(8, true);
    without_socket.tuple = tuple(40001);
    tracker.dumped(without_socket, at(0ms));
    auto over = entry(9, true);
    over.tuple = tuple(40002);
    over.tcp_ending = true;
    tracker.dumped(over, at(0ms));
    tracker.end_dump();
    tracker.sweep(at(10s), nowhere);
    const auto counts = sum(tracker);
    CHECK(counts.count == 2);
    CHECK(counts.already_open == 2);
    CHECK(counts.answered == 2);
    CHECK(counts.bytes_out == 1000);
}

TEST_CASE("a flow that begins between the rules and the first dump is not marked as old") {
    FlowTracker tracker;
    dump(tracker, at(0ms), {entry(7)});
    tracker.logged(tuple(), by(33), at(100ms));
    const auto counts = sum(tracker);
    CHECK(counts.count == 1);
    CHECK(counts.already_open == 0);
}

TEST_CASE("bytes of a long flow are handed out as they grow, none twice") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    auto seen = entry(7, true);
    for (const std::uint64_t bytes : {100U, 250U, 250U}) {
        seen.traffic.bytes_in = bytes;
        seen.traffic.packets_in = bytes / 10;
        dump(tracker, at(1s), {seen});
    }
    seen.traffic.bytes_in = 300;
    tracker.closed(seen, true, at(2s));
    const auto counts = sum(tracker);
    CHECK(counts.bytes_in == 300);
    CHECK(counts.packets_in == 25);
    CHECK(counts.answered == 1);
}
