// Flows that a whitelist denies, or would deny if it were not on trial.
#include "tracked_flows.hpp"

using namespace fwlearn;
using namespace fwlearn::collector::test;
using namespace std::chrono_literals;
using collector::FlowTracker;
using collector::Sender;

namespace {

Sender denied_to(std::uint32_t uid, model::ProcessId process = model::ProcessId::unknown) {
    auto sender = by(uid, model::FlowVerdict::denied);
    sender.process = process;
    return sender;
}

} // namespace

TEST_CASE("a denied flow counts once however often it tries, ends unanswered, and has every packet counted") {
    FlowTracker tracker;
    for (int packet = 0; packet < 5; ++packet) {
        tracker.logged(tuple(), denied_to(33), at(packet * 64s)); // as slow as TCP repeats a SYN
        tracker.sweep(at(packet * 64s), losing(at(packet * 64s)), nowhere);
    }
    const auto found = sums(tracker);
    REQUIRE(found.size() == 1);
    const auto& [key, counts] = *found.begin();
    CHECK(key.verdict == model::FlowVerdict::denied);
    CHECK(counts.count == 1);
    CHECK(counts.unanswered == 1);
    CHECK(counts.packets_out == 5);
    CHECK(counts.first_seen == at(0s).wall);
    CHECK(counts.last_seen == at(256s).wall);
}

TEST_CASE("a denied flow is handed out at once, belongs to the hour it began in, and is soon forgotten") {
    FlowTracker tracker;
    tracker.logged(tuple(), denied_to(33), at(0ms));
    CHECK(tracker.take().size() == 1);
    tracker.logged(tuple(), denied_to(33), at(100s));
    const auto again = tracker.take();
    REQUIRE(again.size() == 1);
    CHECK(again[0].counts.count == 0);
    CHECK(again[0].hour == model::hour_of(at(0ms).wall));
    CHECK(tracker.living() == 1);
    tracker.sweep(at(131s), losing(at(131s)), nowhere);
    CHECK(tracker.living() == 1); // repeated meanwhile
    tracker.sweep(at(300s), losing(at(300s)), nowhere);
    CHECK(tracker.living() == 0);
    CHECK(tracker.take().empty());
    tracker.logged(tuple(), denied_to(33), at(400s));
    CHECK(sum(tracker).count == 1);
}

TEST_CASE("the reject that the kernel answers a denied packet with is not the far end's refusal") {
    FlowTracker tracker;
    tracker.logged(tuple(), denied_to(33), at(0ms));
    tracker.unreachable(tuple(), at(1ms));
    CHECK(sum(tracker).refused == 0);
    // Nor that of a flow which was let out with the same tuple before the whitelist was loaded.
    tracker.logged(tuple(1), by(33), at(0ms));
    tracker.logged(tuple(1), denied_to(33), at(5ms));
    tracker.unreachable(tuple(1), at(6ms));
    CHECK(sum(tracker).refused == 0);
    // But of one that was let out since.
    tracker.logged(tuple(), by(33), at(10s));
    tracker.unreachable(tuple(), at(11s));
    CHECK(sum(tracker).refused == 1);
}

TEST_CASE("a flow that is let out after a rule was added is one of its own beside the denied one") {
    FlowTracker tracker;
    tracker.logged(tuple(), denied_to(33), at(0ms));
    tracker.logged(tuple(), by(33), at(1s));
    tracker.closed(entry(7, true), true, at(2s));
    auto found = sums(tracker);
    REQUIRE(found.size() == 2);
    for (const auto& [key, counts] : found) {
        CHECK(counts.count == 1);
        CHECK(counts.answered == (key.verdict == model::FlowVerdict::accepted ? 1 : 0));
    }
}

TEST_CASE("senders that share a tuple, for want of ports, are denied each for himself") {
    FlowTracker tracker;
    using model::ProcessId;
    for (int repetition = 0; repetition < 3; ++repetition) {
        tracker.logged(tuple(), denied_to(33, ProcessId{1}), at(repetition * 1s));
        tracker.logged(tuple(), denied_to(34, ProcessId{2}), at(repetition * 1s));
        tracker.logged(tuple(), denied_to(34, ProcessId{3}), at(repetition * 1s));
    }
    const auto found = sums(tracker);
    CHECK(found.size() == 3);
    for (const auto& [key, counts] : found) {
        CHECK(counts.count == 1);
        CHECK(counts.packets_out == 3);
    }
}

TEST_CASE(
    "more denied tuples than are remembered lose no packet, and what conntrack dumps is none of theirs") {
    FlowTracker tracker(4);
    for (std::uint16_t port = 1; port <= 100; ++port) {
        tracker.logged(tuple(port), denied_to(33), at(0ms));
    }
    dump(tracker, at(1s));
    tracker.finish(at(2s), losing(at(2s)), nowhere);
    CHECK(tracker.living() == 4);
    CHECK(tracker.overlooked() == 0);
    tracker.logged(tuple(100), denied_to(33), at(2s)); // remembered
    tracker.logged(tuple(1), denied_to(33), at(2s));   // not any more
    const auto counts = sum(tracker);
    CHECK(counts.count == 101);
    CHECK(counts.unanswered == 101);
    CHECK(counts.packets_out == 102);
}

TEST_CASE("a flow that a whitelist on trial would deny goes on like any other, under that verdict") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33, model::FlowVerdict::shadowed), at(0ms));
    auto seen = entry(7, true);
    seen.traffic.packets_out = 6;
    tracker.closed(seen, true, at(10ms));
    const auto found = sums(tracker);
    REQUIRE(found.size() == 1);
    CHECK(found.begin()->first.verdict == model::FlowVerdict::shadowed);
    CHECK(found.begin()->second.answered == 1);
    CHECK(found.begin()->second.packets_out == 6);
}
