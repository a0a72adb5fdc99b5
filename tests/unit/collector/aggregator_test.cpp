// Flows are added up by key and hour, bounded and shared fairly, until they are written.
#include "sent_flows.hpp"

#include <collector/aggregator.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace fwlearn::collector::test;
using namespace std::chrono_literals;
using collector::FlowTracker;

TEST_CASE("the aggregator adds up, and keeps a batch until it is written") {
    collector::Aggregator aggregator;
    FlowTracker tracker;
    for (std::uint16_t port = 1; port <= 5; ++port) {
        tracker.logged(tuple(port), by(33), at(0ms));
    }
    for (const auto& delta : tracker.take()) {
        aggregator.add(delta);
    }
    for (int repetition = 0; repetition < 2; ++repetition) {
        const auto batch = aggregator.batch();
        REQUIRE(batch.flows.size() == 1);
        CHECK(batch.flows[0].counts.count == 5);
    }
    aggregator.written();
    CHECK(aggregator.empty());
}

TEST_CASE("what waits because nothing can be written stays bounded by the keys, and every flow is counted") {
    constexpr std::size_t keys = 10;
    collector::Aggregator aggregator(keys);
    const auto first = model::hour_of(at(0ms).wall);
    std::uint64_t flows = 0;
    for (int hour = 0; hour < 1000; ++hour) {
        for (std::uint16_t port = 0; port < keys; ++port) {
            model::FlowDelta delta;
            delta.key.destination = tuple(40000, port).destination;
            delta.hour = first + std::chrono::hours(hour);
            delta.counts.count = 1;
            aggregator.add(delta);
            ++flows;
        }
        const auto begun = at(std::chrono::hours(hour)).wall;
        aggregator.add(model::CaptureGap{begun, begun + 1h, model::GapReason::nflog_overrun, 3});
        aggregator.add(model::CaptureGap{begun, begun + 1h, model::GapReason::events_overrun, std::nullopt});
    }
    const auto batch = aggregator.batch();
    CHECK(batch.flows.size() <= 2 * keys + keys);
    std::uint64_t counted = 0;
    for (const auto& delta : batch.flows) {
        counted += delta.counts.count;
    }
    CHECK(counted == flows);
    REQUIRE(batch.gaps.size() == 2);
    CHECK(batch.gaps[0].ended - batch.gaps[0].started == 1000h);
    CHECK(batch.gaps[0].lost == 3000);
    CHECK_FALSE(batch.gaps[1].lost);
}

TEST_CASE("destinations beyond the limit are folded by sender and service, and counted") {
    collector::Aggregator aggregator(10);
    FlowTracker tracker;
    for (std::uint32_t host = 0; host < 100; ++host) {
        auto to = tuple();
        to.destination.address = model::Address::v4(0xcb007100 + host);
        tracker.logged(to, by(33), at(0ms));
    }
    for (const auto& delta : tracker.take()) {
        aggregator.add(delta);
    }
    const auto batch = aggregator.batch();
    CHECK(batch.flows.size() == 10); // of 10 one is for others
    CHECK(aggregator.overflowed() == 91);
    std::uint64_t folded = 0;
    std::uint64_t all = 0;
    for (const auto& delta : batch.flows) {
        folded += delta.key.overflow ? delta.counts.count : 0;
        all += delta.counts.count;
    }
    CHECK(folded == 91);
    CHECK(all == 100);
}

TEST_CASE("who opens flows without end takes no room that others need, and neither do two of them") {
    constexpr std::size_t keys = 6400;
    constexpr std::uint32_t services = 8;
    constexpr std::uint32_t of_each = 50;
    collector::Aggregator aggregator(keys);
    const auto send = [&aggregator](std::uint32_t uid, std::uint32_t host) {
        model::FlowDelta delta;
        delta.key.owner = model::SocketOwner::user(uid, uid);
        delta.key.destination = tuple().destination;
        delta.key.destination.address = model::Address::v4(host);
        delta.counts.count = 1;
        aggregator.add(delta);
    };
    for (std::uint32_t host = 0; host < 10 * keys; ++host) {
        send(1000 + host % 2, host);
    }
    for (std::uint32_t host = 0; host < of_each; ++host) {
        for (std::uint32_t service = 0; service < services; ++service) {
            send(service, host);
        }
    }
    std::size_t apart = 0;
    std::size_t flood = 0;
    std::uint64_t all = 0;
    for (const auto& delta : aggregator.batch().flows) {
        all += delta.counts.count;
        apart += !delta.key.overflow && delta.key.owner.uid < services ? 1 : 0;
        flood += !delta.key.overflow && delta.key.owner.uid >= services ? 1 : 0;
    }
    CHECK(apart == services * of_each);
    CHECK(flood == keys - keys / 8);
    CHECK(all == 10 * keys + services * of_each);
}

TEST_CASE("who scans behind a whitelist takes no room of flows that are let out, and loses no packet") {
    collector::Aggregator aggregator(40);
    FlowTracker tracker;
    for (std::uint32_t host = 0; host < 100; ++host) {
        auto to = tuple();
        to.destination.address = model::Address::v4(0xcb007100 + host);
        tracker.logged(to, by(33, model::FlowVerdict::denied), at(0ms));
        tracker.logged(to, by(33, model::FlowVerdict::denied), at(1ms));
        if (host < 35) {
            tracker.logged(to, by(34), at(2ms));
        }
    }
    for (const auto& delta : tracker.take()) {
        aggregator.add(delta);
    }
    std::uint64_t let_out = 0;
    std::uint64_t packets = 0;
    for (const auto& delta : aggregator.batch().flows) {
        const bool denied = delta.key.verdict == model::FlowVerdict::denied;
        let_out += !denied && !delta.key.overflow ? 1 : 0;
        packets += denied ? delta.counts.packets_out : 0;
    }
    CHECK(let_out == 35);
    CHECK(packets == 200);
    CHECK(aggregator.overflowed() == 91);
}
