// What is kept between packet and row is bounded, and who takes without end leaves others their room.
#include "sent_flows.hpp"

#include <doctest/doctest.h>
#include <flood_alarm.hpp>
#include <living_flows.hpp>
#include <name_numbers.hpp>
#include <passing_flows.hpp>
#include <waiting_flows.hpp>

using namespace fwlearn;
using namespace fwlearn::collector;
using fwlearn::collector::test::at;
using namespace std::chrono_literals;

namespace {

Tuple tuple(std::uint32_t host) {
    return {*model::Address::parse("192.0.2.10"),
            {model::Service::port(model::protocol::udp, 53), model::Address::v4(host)},
            40000};
}

model::SocketOwner user(std::uint32_t uid) {
    return model::SocketOwner::user(uid, uid);
}

WaitingFlow waiting(std::uint32_t uid, std::chrono::milliseconds look_again) {
    WaitingFlow flow;
    flow.sender.owner = user(uid);
    flow.look_again = at(look_again).steady;
    return flow;
}

} // namespace

TEST_CASE("a flow that passes is remembered once, and no longer than it is asked for") {
    PassingFlows passing;
    CHECK_FALSE(passing.contains(tuple(1)));
    CHECK_FALSE(passing.remove(tuple(1)));
    CHECK(passing.add(tuple(1)));
    CHECK_FALSE(passing.add(tuple(1)));
    CHECK(passing.contains(tuple(1)));
    CHECK_FALSE(passing.contains(tuple(2)));
    CHECK(passing.remove(tuple(1)));
    CHECK_FALSE(passing.contains(tuple(1)));
}

TEST_CASE("of more flows that pass than are remembered the youngest are there") {
    constexpr std::uint32_t many = 2'600'000; // in two million places
    constexpr std::uint32_t young = 100'000;
    PassingFlows passing;
    for (std::uint32_t host = 0; host < many; ++host) {
        passing.add(tuple(host));
    }
    std::uint32_t old_ones = 0;
    std::uint32_t young_ones = 0;
    for (std::uint32_t index = 0; index < young; ++index) {
        old_ones += passing.contains(tuple(index)) ? 1 : 0;
        young_ones += passing.contains(tuple(many - 1 - index)) ? 1 : 0;
    }
    CHECK(young_ones == young);
    CHECK(old_ones < young / 2);
}

TEST_CASE("a waiting flow is settled when it is due, and stays where it is said to") {
    WaitingFlows flows;
    REQUIRE(flows.add(tuple(1), waiting(33, 10ms)));
    REQUIRE(flows.add(tuple(2), waiting(33, 20ms)));
    std::vector<std::uint32_t> asked;
    const auto settle = [&asked](bool goes) {
        return [&asked, goes](const Tuple& its, const WaitingFlow&) {
            asked.push_back(its == tuple(1) ? 1 : 2);
            return goes;
        };
    };
    flows.settle_due(at(9ms).steady, settle(true));
    CHECK(asked.empty());
    flows.settle_due(at(10ms).steady, settle(false));
    flows.settle_due(at(10ms).steady, settle(true));
    flows.settle_due(at(10ms).steady, settle(true));
    CHECK(asked == std::vector<std::uint32_t>{1, 1});
    flows.settle_now(tuple(2), settle(true)); // due or not
    flows.settle_now(tuple(2), settle(true));
    CHECK(asked == std::vector<std::uint32_t>{1, 1, 2});
}

TEST_CASE("of a tuple's waiting flows the first that waits for a name hears it") {
    WaitingFlows flows;
    flows.add(tuple(1), waiting(33, 1s));
    CHECK(flows.that_may_be_said(tuple(1)) == nullptr);
    auto named = waiting(34, 1s);
    named.may_be_said = true;
    flows.add(tuple(1), named);
    auto* const found = flows.that_may_be_said(tuple(1));
    REQUIRE(found != nullptr);
    CHECK(found->sender.owner.uid == 34);
    CHECK(flows.that_may_be_said(tuple(2)) == nullptr);
}

TEST_CASE("who opens flows without end leaves others room to wait, and gets his own back") {
    WaitingFlows flows;
    std::uint32_t host = 0;
    while (flows.add(tuple(host), waiting(1000, 1s))) {
        ++host;
        REQUIRE(host < 10'000);
    }
    for (std::uint32_t uid = 1; uid <= 8; ++uid) {
        CHECK(flows.add(tuple(100'000 + uid), waiting(uid, 1s)));
    }
    flows.settle_now(tuple(0), [](const Tuple&, const WaitingFlow&) { return true; });
    for (std::uint32_t uid = 1; uid <= 8; ++uid) {
        flows.settle_now(tuple(100'000 + uid), [](const Tuple&, const WaitingFlow&) { return true; });
    }
    CHECK(flows.add(tuple(0), waiting(1000, 1s)));
    CHECK_FALSE(flows.add(tuple(1), waiting(1000, 1s)));
}

TEST_CASE("names have numbers until one who has very many has had his share, and known ones for ever") {
    NameNumbers numbers;
    model::Identities identities;
    const auto name = [](std::uint32_t number) { return std::to_string(number) + ".example.net"; };
    std::uint32_t given = 0;
    while (numbers.number_of(name(given), user(1000), identities) != model::NameId::unknown) {
        ++given;
        REQUIRE(given < 1'000'000);
    }
    CHECK(numbers.left_out() == 1);
    const auto known = numbers.number_of(name(7), user(1000), identities);
    CHECK(identities.name(known) == model::ForeignText("7.example.net"));
    CHECK(numbers.number_of(name(7), user(33), identities) == known);
    CHECK(numbers.number_of("updates.example.org", user(33), identities) != model::NameId::unknown);
    CHECK(numbers.left_out() == 1);
}

TEST_CASE("a living flow's place is used again as if nobody had been there") {
    LivingFlows flows(8);
    auto* const first = flows.add(tuple(1), nobody);
    REQUIRE(first != nullptr);
    first->counted = first->dead = true;
    first->rare = std::make_unique<RareOfFlow>();
    flows.remove(*first);
    CHECK(flows.find(tuple(1)) == nullptr);
    auto* const second = flows.add(tuple(2), 1);
    REQUIRE(second != nullptr);
    CHECK(!second->counted);
    CHECK(!second->dead);
    CHECK(second->rare == nullptr);
    CHECK(second->share() == 1);
    CHECK(flows.find(tuple(2)) == second);
}

TEST_CASE("a living flow that is given to somebody takes a place of his and leaves the other's") {
    LivingFlows flows(64);
    std::uint32_t host = 0;
    for (; flows.add(tuple(host), nobody) != nullptr; ++host) {
    }
    CHECK(host == 56);                       // an eighth is for those that have few
    flows.give_to(7, *flows.find(tuple(0))); // who takes one of those
    CHECK(flows.add(tuple(1000), nobody) == nullptr);
    flows.remove_if([](const LivingFlow& flow) { return flow.tuple == tuple(1) || flow.tuple == tuple(2); });
    CHECK(flows.size() == 54);
    CHECK(flows.add(tuple(1000), nobody) != nullptr);
}

namespace {

struct Told {
    std::vector<std::string> lines;
    FloodAlarm alarm{[this](const std::string& line) { lines.push_back(line); }};
    model::Identities identities;

    void flows(std::uint32_t uid, std::uint64_t count, Aggregator::Kept kept = Aggregator::Kept::fresh) {
        model::FlowKey key;
        key.owner = user(uid);
        alarm.add(key, kept, count);
    }
};

} // namespace

TEST_CASE("a flood is told once when it begins, and once when a minute passes without it") {
    Told told;
    told.alarm.look(told.identities, at(0ms));
    for (int minute = 0; minute < 3; ++minute) {
        told.flows(1000, 1024);
        told.flows(33, 1023);
        told.flows(34, 1'000'000, Aggregator::Kept::known);
        for (int second = 1; second <= 60; ++second) {
            told.alarm.look(told.identities, at(minute * 1min + second * 1s));
        }
    }
    REQUIRE(told.lines.size() == 1);
    CHECK(told.lines.front().starts_with("a flood or a scan: user 1000 opens flows to more than 1024 new"));
    CHECK(told.alarm.going_on() == 1);
    told.alarm.look(told.identities, at(4min));
    REQUIRE(told.lines.size() == 2);
    CHECK(told.lines.back() == "the flood or scan of user 1000 is over: 3072 flows (fwlearn status)");
    CHECK(told.alarm.going_on() == 0);
    CHECK(told.alarm.begun() == 1);
}

TEST_CASE("whoever has many users cannot fill the journal with his floods") {
    Told told;
    told.alarm.look(told.identities, at(0ms));
    for (std::uint32_t uid = 0; uid < 500; ++uid) {
        told.flows(uid, 2000);
    }
    told.alarm.look(told.identities, at(1s));
    CHECK(told.lines.size() == 20);
    CHECK(told.alarm.begun() == 500);
    told.alarm.look(told.identities, at(61s));
    told.alarm.look(told.identities, at(122s));
    CHECK(told.alarm.going_on() == 0);
    CHECK(told.lines.size() == 40); // of what was not said to begin nobody says that it is over
}

TEST_CASE("what a flooding program calls itself cannot change the line that tells of it") {
    Told told;
    model::Process process;
    process.exe = model::ForeignText("/tmp/\x1b[2J\nnot a flood");
    model::FlowKey key;
    key.owner = user(1000);
    key.process = told.identities.add(process);
    told.alarm.add(key, Aggregator::Kept::folded, 5000);
    told.alarm.look(told.identities, at(1s));
    REQUIRE(told.lines.size() == 1);
    CHECK(told.lines.front().find('\n') == std::string::npos);
    CHECK(told.lines.front().find('\x1b') == std::string::npos);
}
