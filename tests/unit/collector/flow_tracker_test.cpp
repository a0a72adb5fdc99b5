#include <collector/flow_tracker.hpp>

#include <doctest/doctest.h>

#include <map>

using namespace fwlearn;
using namespace std::chrono_literals;
using collector::ConntrackEntry;
using collector::FlowTracker;
using collector::Now;
using collector::Sender;
using collector::Tuple;

namespace {

Tuple tuple(std::uint16_t source_port = 40000, std::uint16_t port = 443) {
    return {*model::Address::parse("192.0.2.10"),
            {model::Service::port(model::protocol::tcp, port), *model::Address::parse("198.51.100.7")},
            source_port};
}

Sender by(std::uint32_t uid) {
    Sender sender;
    sender.owner = model::SocketOwner::user(uid, uid);
    return sender;
}

ConntrackEntry entry(std::uint32_t id, bool seen_reply = false, bool tcp_closed = false) {
    ConntrackEntry result;
    result.tuple = tuple();
    result.id = id;
    result.seen_reply = seen_reply;
    result.tcp_closed = tcp_closed;
    return result;
}

Now at(std::chrono::milliseconds offset) {
    return {model::Timestamp(1'000'000'000s) + offset, std::chrono::steady_clock::time_point(100s) + offset};
}

bool nowhere(const model::Address& /*address*/) {
    return false;
}

/// All that the tracker has found, added up, whoever sent it.
model::FlowCounts sum(FlowTracker& tracker) {
    model::FlowCounts counts;
    for (const auto& delta : tracker.take()) {
        counts += delta.counts;
    }
    return counts;
}

} // namespace

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
        tracker.begin_dump(at(0ms));
        tracker.end_dump();
        for (const bool log : {log_first, !log_first}) {
            if (log) {
                tracker.logged(tuple(), by(33), at(10ms));
            } else {
                tracker.closed(entry(7, true), true, at(10ms));
            }
        }
        tracker.sweep(at(10s), nowhere);
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

TEST_CASE("a reused tuple is a new flow") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    tracker.closed(entry(7, true), true, at(10ms));
    SUBCASE("at once, by somebody else") {
        tracker.logged(tuple(), by(44), at(20ms));
    }
    SUBCASE("at once, and it has ended") {
        tracker.logged(tuple(), by(33), at(20ms));
        tracker.sweep(at(10s), nowhere);
        tracker.closed(entry(8), true, at(30s));
    }
    SUBCASE("at once, and it lives") {
        tracker.logged(tuple(), by(33), at(20ms));
        tracker.sweep(at(10s), nowhere);
        tracker.begin_dump(at(60s));
        tracker.dumped(entry(8), at(60s));
        tracker.end_dump();
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
        tracker.sweep(at(10s), nowhere);
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
        tracker.sweep(at(10s), nowhere);
        tracker.begin_dump(at(60s));
        tracker.dumped(entry(8, true), at(60s));
        tracker.end_dump();
    }
    SUBCASE("and the word of the old one's end was lost") {
        tracker.begin_dump(at(100ms));
        tracker.dumped(entry(7, true), at(100ms));
        tracker.end_dump();
        tracker.logged(tuple(), by(33), at(300ms));
        tracker.closed(entry(8, true), true, at(310ms));
    }
    const auto counts = sum(tracker);
    CHECK(counts.count == 2);
    CHECK(counts.answered == 2);
}

TEST_CASE("a repetition that arrives after its flow's end is no new flow") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    tracker.closed(entry(7, false, true), true, at(1005ms));
    tracker.logged(tuple(), by(33), at(1080ms)); // the second SYN, kept back by the kernel
    tracker.sweep(at(10s), nowhere);
    tracker.begin_dump(at(60s));
    tracker.end_dump();
    CHECK(sum(tracker).count == 1);
    CHECK(tracker.living() == 0);
}

TEST_CASE("inbound connections are no flows, also when conntrack was idle before") {
    FlowTracker tracker;
    tracker.closed(entry(7, true), false, at(1ms));
    tracker.already_open_inbound(tuple(50000));
    auto picked_up = entry(9);
    picked_up.tuple = tuple(50000);
    tracker.logged(tuple(50000), by(33), at(2ms));
    tracker.sweep(at(10s), nowhere);
    tracker.begin_dump(at(60s));
    tracker.dumped(picked_up, at(60s));
    tracker.end_dump();
    tracker.closed(picked_up, true, at(61s));
    tracker.sweep(at(70s), nowhere);
    CHECK(tracker.take().empty());
}

TEST_CASE("a flow whose log message was lost is counted, with nobody known to have sent it") {
    FlowTracker tracker;
    tracker.begin_dump(at(0ms));
    tracker.end_dump();
    SUBCASE("when it ends") {
        for (int dump = 0; dump < 2; ++dump) {
            tracker.begin_dump(at(0ms));
            tracker.end_dump();
        }
        tracker.closed(entry(7), true, at(0ms));
    }
    SUBCASE("when it is found to live") {
        tracker.begin_dump(at(0ms));
        tracker.dumped(entry(7), at(0ms));
        tracker.end_dump();
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

TEST_CASE("what this host sends to itself is no flow") {
    FlowTracker tracker;
    tracker.closed(entry(7), true, at(0ms));
    tracker.sweep(at(5s), [](const model::Address&) { return true; });
    CHECK(tracker.take().empty());
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
    tracker.begin_dump(at(0ms));
    tracker.dumped(entry(7), at(0ms));
    tracker.end_dump();
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
        tracker.begin_dump(at(1s));
        tracker.dumped(seen, at(1s));
        tracker.end_dump();
    }
    seen.traffic.bytes_in = 300;
    tracker.closed(seen, true, at(2s));
    const auto counts = sum(tracker);
    CHECK(counts.bytes_in == 300);
    CHECK(counts.packets_in == 25);
    CHECK(counts.answered == 1);
}

TEST_CASE("a flow that conntrack never confirmed was stopped here") {
    FlowTracker tracker;
    tracker.logged(tuple(), by(33), at(0ms));
    tracker.logged(tuple(), by(33), at(64s));
    for (const auto time : {1s, 120s, 180s}) {
        tracker.begin_dump(at(time));
        tracker.end_dump();
        tracker.sweep(at(time), nowhere);
        CHECK(tracker.living() == 1);
    }
    tracker.begin_dump(at(240s));
    tracker.end_dump();
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
    tracker.begin_dump(at(240s));
    tracker.end_dump();
    const auto counts = sum(tracker);
    CHECK(counts.count == 2);
    CHECK(counts.unanswered == 1);
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
    tracker.sweep(at(10s), nowhere);
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

TEST_CASE("what begins when nothing is logged any more belongs to no observation") {
    FlowTracker tracker;
    tracker.begin_dump(at(0ms));
    tracker.end_dump();
    tracker.logged(tuple(1), by(33), at(0ms));
    tracker.no_more_logs();
    tracker.closed(entry(7), true, at(1ms));
    auto dumped = entry(8, true);
    dumped.tuple = tuple(2);
    auto known = entry(9, true);
    known.tuple = tuple(1);
    tracker.begin_dump(at(2ms));
    tracker.dumped(dumped, at(2ms));
    tracker.dumped(known, at(2ms));
    tracker.end_dump();
    tracker.finish(at(3ms), nowhere);
    const auto counts = sum(tracker);
    CHECK(counts.count == 1);
    CHECK(counts.answered == 1);
}

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
    tracker.finish(at(10s), nowhere);
    CHECK(sum(tracker).count == 0);
    tracker.logged(tuple(5), by(33), at(11s));
    CHECK(sum(tracker).count == 1);
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
    tracker.sweep(at(10s), nowhere); // whose places are free again
    CHECK(tracker.living() == capacity - capacity / 8);
}

namespace {

Sender denied_to(std::uint32_t uid, model::ProcessId process = model::ProcessId::unknown) {
    auto sender = by(uid);
    sender.verdict = model::FlowVerdict::denied;
    sender.process = process;
    return sender;
}

/// What the tracker has found, added up by key.
std::map<model::FlowKey, model::FlowCounts> sums(FlowTracker& tracker) {
    std::map<model::FlowKey, model::FlowCounts> result;
    for (const auto& delta : tracker.take()) {
        result[delta.key] += delta.counts;
    }
    return result;
}

} // namespace

TEST_CASE("a denied flow counts once however often it tries, ends unanswered, and has every packet counted") {
    FlowTracker tracker;
    for (int packet = 0; packet < 5; ++packet) {
        tracker.logged(tuple(), denied_to(33), at(packet * 64s)); // as slow as TCP repeats a SYN
        tracker.sweep(at(packet * 64s), nowhere);
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
    tracker.sweep(at(131s), nowhere);
    CHECK(tracker.living() == 1); // repeated meanwhile
    tracker.sweep(at(300s), nowhere);
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
    tracker.begin_dump(at(1s));
    tracker.end_dump();
    tracker.finish(at(2s), nowhere);
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
    auto sender = by(33);
    sender.verdict = model::FlowVerdict::shadowed;
    tracker.logged(tuple(), sender, at(0ms));
    auto seen = entry(7, true);
    seen.traffic.packets_out = 6;
    tracker.closed(seen, true, at(10ms));
    const auto found = sums(tracker);
    REQUIRE(found.size() == 1);
    CHECK(found.begin()->first.verdict == model::FlowVerdict::shadowed);
    CHECK(found.begin()->second.answered == 1);
    CHECK(found.begin()->second.packets_out == 6);
}
