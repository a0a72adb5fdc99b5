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
    tracker.sweep(at(1s), losing(at(1s)), nowhere);
    CHECK(sum(tracker).count == 0);
    tracker.sweep(at(5s), losing(at(5s)), nowhere);
    std::uint64_t flows = 0;
    for (const auto& delta : tracker.take()) {
        flows += delta.counts.count;
        CHECK(delta.counts.already_open == 0);
        CHECK(delta.key.owner.kind == model::OwnerKind::unknown);
    }
    CHECK(flows == 1);
}

TEST_CASE("what conntrack has and nobody logged is no flow where no log message was lost") {
    FlowTracker tracker;
    for (int count = 0; count < 3; ++count) {
        dump(tracker, at(count * 60s));
    }
    // As when conntrack forgets a connection that somebody else has opened, and this host goes on with it.
    auto living = entry(8, true);
    living.tuple = tuple(2);
    tracker.closed(entry(7, true), true, at(121s));
    dump(tracker, at(180s), {living});
    SUBCASE("none ever") {
        tracker.sweep(at(200s), whole(at(200s)), nowhere);
        CHECK(tracker.take().empty());
        tracker.closed(living, true, at(201s));
        tracker.sweep(at(210s), whole(at(210s)), nowhere);
        CHECK(tracker.take().empty());
    }
    SUBCASE("it was long before") {
        auto log = whole(at(200s));
        log.lost = at(119s).steady;
        tracker.sweep(at(200s), log, nowhere);
        CHECK(tracker.take().empty());
    }
    SUBCASE("some were, since the table was read the last time but one") {
        auto log = whole(at(200s));
        log.lost = at(121s).steady;
        tracker.sweep(at(200s), log, nowhere);
        CHECK(sum(tracker).count == 2);
    }
    SUBCASE("nobody knows yet: the kernel's counter has not been read since") {
        auto log = whole(at(200s));
        log.counted = at(110s).steady;
        tracker.sweep(at(200s), log, nowhere);
        CHECK(tracker.take().empty());
        log.lost = log.counted = at(200s).steady;
        tracker.sweep(at(201s), log, nowhere);
        CHECK(sum(tracker).count == 2);
    }
}

TEST_CASE("what is under way when conntrack sees it first, or was announced by another, is never one's own") {
    FlowTracker tracker;
    auto picked_up = entry(7, true);
    picked_up.picked_up = true;
    auto expected = entry(8, true);
    expected.tuple = tuple(2);
    expected.expected = true;
    dump(tracker, at(0s), {picked_up, expected});
    dump(tracker, at(60s), {picked_up, expected});
    tracker.sweep(at(70s), losing(at(70s)), nowhere);
    tracker.closed(expected, true, at(71s));
    tracker.sweep(at(80s), losing(at(80s)), nowhere);
    CHECK(tracker.take().empty());
    tracker.logged(tuple(), by(33), at(81s)); // a SYN of this host's own
    CHECK(sum(tracker).count == 1);
}

TEST_CASE(
    "what was over before is counted as soon as its tuple is used again, and forgotten where it is not") {
    FlowTracker tracker;
    auto over = entry(7, true);
    over.tcp_ending = true;
    auto other = entry(8, true);
    other.tuple = tuple(2);
    tracker.begin_dump(at(0s));
    tracker.dumped(over, at(0s));
    tracker.already_over(other, at(0s));
    tracker.end_dump();
    CHECK(tracker.living() == 2);
    SUBCASE("while conntrack still has the old one, whose end is told afterwards") {
        tracker.logged(tuple(), by(33), at(1s));
        CHECK(sum(tracker).count == 1);
        tracker.closed(over, true, at(1s));
        CHECK(tracker.take().empty());
        dump(tracker, at(60s), {entry(9, true)});
        const auto counts = sum(tracker);
        CHECK(counts.count == 0);
        CHECK(counts.answered == 1);
    }
    SUBCASE("when conntrack has nothing of it any more, and nobody has told of its end") {
        dump(tracker, at(60s));
        CHECK(tracker.living() == 0);
        tracker.logged(tuple(), by(33), at(61s));
        tracker.logged(tuple(2), by(33), at(61s));
        CHECK(sum(tracker).count == 2);
    }
}

TEST_CASE("a connection from before that conntrack never had from here does not swallow the next one of its "
          "tuple") {
    for (const bool opening : {false, true}) {
        FlowTracker tracker;
        tracker.already_open(tuple(), by(33), opening, at(0s));
        dump(tracker, at(0s));
        tracker.logged(tuple(), by(33), at(1s));
        const auto counts = sum(tracker);
        CHECK(counts.count == (opening ? 1 : 2)); // a SYN may be repeated
        CHECK(counts.already_open == 1);
    }
}

TEST_CASE("two that live at once, in two zones, are one flow's") {
    FlowTracker tracker;
    dump(tracker, at(0s));
    tracker.logged(tuple(), by(33), at(1s));
    for (int count = 1; count < 5; ++count) {
        std::vector<collector::ConntrackEntry> table{entry(7, true), entry(8)};
        if (count % 2 == 0) {
            std::swap(table[0], table[1]);
        }
        dump(tracker, at(count * 60s), table);
        tracker.sweep(at(count * 60s + 30s), losing(at(count * 60s + 30s)), nowhere);
    }
    const auto counts = sum(tracker);
    CHECK(counts.count == 1);
    CHECK(counts.answered == 1);
    dump(tracker, at(400s), {entry(9, true)}); // the end of the first was lost, and it is used anew
    tracker.sweep(at(410s), losing(at(410s)), nowhere);
    CHECK(sum(tracker).count == 1);
}

TEST_CASE("a flow goes on while its address is not this host's") {
    FlowTracker tracker;
    dump(tracker, at(0s));
    tracker.logged(tuple(), by(33), at(1s));
    for (int count = 1; count < 4; ++count) {
        tracker.begin_dump(at(count * 60s));
        tracker.dumped(
            entry(7, true), [count] { return count == 3; }, at(count * 60s));
        tracker.end_dump();
        tracker.sweep(at(count * 60s + 30s), losing(at(count * 60s + 30s)), nowhere);
    }
    CHECK(sum(tracker).count == 1);
    CHECK(tracker.living() == 1);
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
    tracker.sweep(at(2min), losing(at(2min)), nowhere);
    const auto counts = sum(tracker);
    CHECK(counts.count == 2);
    CHECK(counts.already_open == 2);
}

TEST_CASE("connections from before are taken in once and marked") {
    FlowTracker tracker;
    tracker.already_open(tuple(), by(33), false, at(0ms));
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
    tracker.sweep(at(10s), losing(at(10s)), nowhere);
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
