// The same tuple again: a repetition, a new flow, or another user's.
#include "tracked_flows.hpp"

using namespace fwlearn;
using namespace fwlearn::collector::test;
using namespace std::chrono_literals;
using collector::FlowTracker;
using collector::Sender;

TEST_CASE(
    "what is refused and tried again at once is as often there, in whatever order logs and ends are read") {
    // The kernel gives each of them the number of the one before, or another one.
    for (const bool same_number : {true, false}) {
        for (const bool other_users : {false, true}) {
            // L: the next log message, E: the next end.
            for (const std::string order :
                 {"LELELE", "LLLEEE", "EEELLL", "ELELEL", "LEELEL", "EELLLE", "EELELL"}) {
                CAPTURE(same_number);
                CAPTURE(other_users);
                CAPTURE(order);
                FlowTracker tracker;
                for (int count = 0; count < 3; ++count) {
                    dump(tracker, at(0s));
                }
                std::uint32_t user = 33;
                std::uint32_t number = 7;
                auto time = 1000ms;
                for (const auto what : order) {
                    if (what == 'L') {
                        tracker.logged(tuple(), by(user), at(time));
                        user += other_users ? 1 : 0;
                    } else {
                        tracker.closed(entry(number, false, true), true, at(time));
                        number += same_number ? 0 : 1;
                    }
                    time += 10ms;
                }
                tracker.sweep(at(20s), whole(at(20s)), nowhere);
                dump(tracker, at(60s));
                const auto found = sums(tracker);
                std::uint64_t flows = 0;
                std::uint64_t refused = 0;
                for (const auto& [key, counts] : found) {
                    flows += counts.count;
                    refused += counts.refused;
                }
                CHECK(flows == 3);
                CHECK(refused == 3);
                CHECK(found.size() == (other_users ? 3 : 1));
                CHECK(tracker.living() == 0);
            }
        }
    }
}

TEST_CASE("a reused tuple is a new flow") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    tracker.closed(entry(7, true), true, at(10ms));
    SUBCASE("at once, by somebody else") {
        tracker.logged(tuple(), by(44), at(20ms));
    }
    SUBCASE("at once, and it has ended") {
        tracker.logged(tuple(), by(33), at(20ms));
        tracker.sweep(at(10s), losing(at(10s)), nowhere);
        tracker.closed(entry(8), true, at(30s));
    }
    SUBCASE("at once, and it lives") {
        tracker.logged(tuple(), by(33), at(20ms));
        tracker.sweep(at(10s), losing(at(10s)), nowhere);
        dump(tracker, at(60s), {entry(8)});
    }
    SUBCASE("at once, and its log message comes after both have ended") {
        tracker.logged(tuple(), by(33), at(20ms));
        tracker.closed(entry(8), true, at(21ms));
    }
    SUBCASE("a minute later") {
        tracker.logged(tuple(), by(33), at(60s));
    }
    SUBCASE("at once, and nobody was told who begins it") {
        tracker.closed(entry(8), true, at(30ms));
        tracker.sweep(at(10s), losing(at(10s)), nowhere);
    }
    CHECK(sum(tracker).count == 2);
}

TEST_CASE("a reused tuple is a new flow, also when the end of the old one is told after its log message") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    tracker.logged(tuple(), by(33), at(200ms));
    SUBCASE("both have ended") {
        tracker.closed(entry(7, true), true, at(210ms));
        tracker.closed(entry(8, true), true, at(220ms));
    }
    SUBCASE("and the new one lives for long") {
        tracker.closed(entry(7, true), true, at(210ms));
        tracker.sweep(at(10s), losing(at(10s)), nowhere);
        dump(tracker, at(60s), {entry(8, true)});
    }
    SUBCASE("and the word of the old one's end was lost") {
        dump(tracker, at(100ms), {entry(7, true)});
        tracker.logged(tuple(), by(33), at(300ms));
        tracker.closed(entry(8, true), true, at(310ms));
    }
    const auto counts = sum(tracker);
    CHECK(counts.count == 2);
    CHECK(counts.answered == 2);
}

TEST_CASE("a tuple that is used again as its flow expires is a new flow, also with the former one's number") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    tracker.logged(tuple(), by(33), at(30s));
    tracker.closed(entry(7, true), true, at(30010ms)); // told before the second was logged, and read later
    SUBCASE("which ends soon") {
        tracker.closed(entry(7, true), true, at(30500ms));
    }
    SUBCASE("which ends by a timer") {
        tracker.sweep(at(40s), losing(at(40s)), nowhere);
        tracker.closed(entry(7, true), true, at(60s));
    }
    SUBCASE("which lives for long") {
        tracker.sweep(at(40s), losing(at(40s)), nowhere);
        dump(tracker, at(60s), {entry(7, true)});
        tracker.closed(entry(7, true), true, at(90s));
    }
    SUBCASE("which lives when no more is logged") {
        tracker.no_more_logs();
        dump(tracker, at(30020ms), {entry(7, true)});
    }
    tracker.sweep(at(120s), losing(at(120s)), nowhere);
    dump(tracker, at(120s));
    const auto counts = sum(tracker);
    CHECK(counts.count == 2);
    CHECK(counts.answered == 2);
    CHECK(tracker.living() == 0);
}

TEST_CASE("a tuple that is used again each time that its flow expires is a flow each time") {
    FlowTracker tracker;
    constexpr unsigned flows = 5;
    unsigned step = 0; // from one's number to the next one's
    SUBCASE("with one number") {}
    SUBCASE("with numbers of their own") {
        step = 1;
    }
    for (unsigned number = 0; number < flows; ++number) {
        tracker.logged(tuple(), by(33), at(30s * number));
        if (number > 0) { // the former one's, told before that was logged, and read later
            tracker.closed(entry(7 + step * number, true), true, at(30s * number + 10ms));
        }
    }
    tracker.closed(entry(7 + step * flows, true), true, at(30s * flows));
    const auto counts = sum(tracker);
    CHECK(counts.count == flows);
    CHECK(counts.answered == flows);
}

TEST_CASE("after a repetition that may have been another flow's the next flow with its tuple is one") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    tracker.closed(entry(7, false, true), true, at(1005ms));
    tracker.logged(tuple(), by(33), at(1080ms)); // the second SYN, kept back by the kernel
    tracker.sweep(at(10s), losing(at(10s)), nowhere);
    tracker.logged(tuple(), by(33), at(30s));
    tracker.closed(entry(8, true), true, at(31s));
    tracker.sweep(at(40s), losing(at(40s)), nowhere);
    dump(tracker, at(60s));
    const auto counts = sum(tracker);
    CHECK(counts.count == 2);
    CHECK(counts.answered == 1);
    CHECK(counts.refused == 1);
    CHECK(tracker.living() == 0);
}

TEST_CASE("what is told of twice has ended once") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    SUBCASE("twice by events") {
        tracker.closed(entry(7, true, true), true, at(10ms));
        tracker.closed(entry(7, true, true), true, at(20ms));
    }
    SUBCASE("by an event, and it is still in the table") {
        tracker.logged(tuple(), by(33), at(5ms));
        tracker.closed(entry(7, true, true), true, at(10ms));
        dump(tracker, at(11ms), {entry(7, true, true)});
    }
    tracker.sweep(at(10s), losing(at(10s)), nowhere);
    dump(tracker, at(60s));
    CHECK(sum(tracker).count == 1);
    CHECK(tracker.living() == 0);
}

TEST_CASE("a repetition that arrives after its flow's end is no new flow") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    tracker.closed(entry(7, false, true), true, at(1005ms));
    tracker.logged(tuple(), by(33), at(1080ms)); // the second SYN, kept back by the kernel
    tracker.sweep(at(10s), losing(at(10s)), nowhere);
    dump(tracker, at(60s));
    CHECK(sum(tracker).count == 1);
    CHECK(tracker.living() == 0);
}

TEST_CASE("a flow that a timer ended is forgotten at once, and the next one with its tuple is another") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    tracker.closed(entry(7), true, at(30s));
    CHECK(tracker.living() == 0);
    tracker.logged(tuple(), by(33), at(30100ms));
    tracker.closed(entry(8), true, at(60s));
    CHECK(sum(tracker).count == 2);
    CHECK(tracker.living() == 0);
}

TEST_CASE("two users on one tuple are two flows, and none counts twice") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    tracker.logged(tuple(), by(44), at(10ms));
    tracker.logged(tuple(), by(33), at(20ms));
    tracker.logged(tuple(), by(44), at(30ms));
    SUBCASE("for conntrack it stays one") {}
    SUBCASE("the first had ended before, and that is told late") {
        tracker.closed(entry(7), true, at(40ms));
        tracker.closed(entry(8), true, at(50ms));
    }
    SUBCASE("the same, and the second one ends by a timer") {
        tracker.closed(entry(7), true, at(40ms));
        tracker.sweep(at(10s), losing(at(10s)), nowhere);
        SUBCASE("with a number of its own") {
            tracker.closed(entry(8), true, at(30s));
        }
        SUBCASE("with the same number") {
            tracker.closed(entry(7), true, at(30s));
        }
        SUBCASE("after the table was read") {
            dump(tracker, at(20s), {entry(7)});
            tracker.closed(entry(7), true, at(30s));
        }
    }
    tracker.sweep(at(60s), losing(at(60s)), nowhere);
    std::map<std::uint32_t, std::uint64_t> by_user;
    for (const auto& delta : tracker.take()) {
        REQUIRE(delta.key.owner.kind == model::OwnerKind::user);
        by_user[delta.key.owner.uid] += delta.counts.count;
    }
    CHECK(by_user == std::map<std::uint32_t, std::uint64_t>{{33, 1}, {44, 1}});
}

TEST_CASE("a closed socket's retransmission, which has no user, is no flow of the kernel's") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    Sender nobody;
    nobody.owner = model::SocketOwner::kernel();
    tracker.logged(tuple(), nobody, at(1000ms));
    CHECK(sum(tracker).count == 1);
}
