#include "support.hpp"

#include <sql/totals.hpp>

#include <doctest/doctest.h>

using namespace fwlearn::sql;
using namespace fwlearn::sql::test;

TEST_CASE("totals are what the flows that are read add up to") {
    const TemporaryDirectory directory;
    const auto database = directory / "flows.db";
    Identities identities;
    Process program;
    program.exe = ForeignText("/usr/bin/a");
    const auto process = identities.add(program);
    const auto timer = identities.add({TaskKind::timer, ForeignText("a.timer")});
    Batch batch;
    for (std::uint32_t number = 0; number < 100; ++number) {
        auto delta = delta_to(0xc0000200U + number % 40, at(1800 * number));
        delta.key.process = number % 3 == 0 ? ProcessId::unknown : process;
        delta.key.task = number % 3 == 0 ? TaskId::unknown : timer;
        delta.key.attribution = number % 3 == 0   ? Attribution::unknown
                                : number % 3 == 1 ? Attribution::inferred
                                                  : Attribution::exact;
        delta.key.owner = number % 5 == 0 ? SocketOwner{} : SocketOwner::user(33, 33);
        delta.key.verdict = static_cast<FlowVerdict>(number % 4 == 3 ? 0 : number % 4);
        delta.key.overflow = number % 7 == 0;
        delta.counts = {.count = number + 4,
                        .answered = number % 3,
                        .refused = number % 2,
                        .unanswered = 1,
                        .already_open = 0,
                        .packets_out = number,
                        .bytes_out = 100 * number,
                        .packets_in = 2 * number,
                        .bytes_in = 7,
                        .first_seen = delta.counts.first_seen,
                        .last_seen = delta.counts.last_seen};
        batch.flows.push_back(delta);
    }
    batch.gaps = {{at(0), at(10), GapReason::nflog_overrun, 5},
                  {at(20), at(21), GapReason::nflog_overrun, std::nullopt},
                  {at(30), at(33), GapReason::tracker_full, 1},
                  {at(40), at(41), GapReason::untracked, 2}};
    batch.runs = {{timer, hour_of(at(0)), 0b11111, 0b00011, 0b00110},
                  {timer, hour_of(at(0)) + std::chrono::hours(1), 0b1, 0, 0b11}};
    {
        Writer writer(database, WriterRole::collector);
        writer.begin_observation(kernel_observation(at(0)));
        writer.commit(batch, identities, at(100));
    }
    const auto record = Reader(database).read();
    Totals expected;
    for (const auto verdict : {FlowVerdict::accepted, FlowVerdict::denied, FlowVerdict::shadowed}) {
        expected.flows[verdict] = 0;
    }
    for (const auto& flow : record.flows) {
        const auto& [key, counts] = std::tie(flow.key, flow.counts);
        const auto count = static_cast<double>(counts.count);
        const bool denied = key.verdict == FlowVerdict::denied;
        expected.flows[key.verdict] += count;
        expected.attributed[key.attribution] += count;
        expected.with_owner += key.owner.kind != OwnerKind::unknown ? count : 0;
        expected.overflowed += key.overflow ? count : 0;
        expected.answered += static_cast<double>(counts.answered);
        expected.refused += static_cast<double>(counts.refused);
        expected.unanswered += static_cast<double>(counts.unanswered);
        (denied ? expected.denied_packets : expected.packets_out) += static_cast<double>(counts.packets_out);
        expected.bytes_out += static_cast<double>(counts.bytes_out);
        expected.packets_in += static_cast<double>(counts.packets_in);
        expected.bytes_in += static_cast<double>(counts.bytes_in);
    }
    const auto totals = read_totals(database);
    CHECK(totals.flows == expected.flows);
    CHECK(totals.flows.at(FlowVerdict::denied) > 0);
    CHECK(totals.attributed == expected.attributed);
    CHECK(totals.with_owner == expected.with_owner);
    CHECK(totals.overflowed == expected.overflowed);
    CHECK(totals.answered == expected.answered);
    CHECK(totals.refused == expected.refused);
    CHECK(totals.unanswered == expected.unanswered);
    CHECK(totals.denied_packets == expected.denied_packets);
    CHECK(totals.packets_out == expected.packets_out);
    CHECK(totals.bytes_out == expected.bytes_out);
    CHECK(totals.packets_in == expected.packets_in);
    CHECK(totals.bytes_in == expected.bytes_in);
    CHECK(totals.distinct_flows == static_cast<double>(record.flows.size()));
    CHECK(totals.processes == 1);
    CHECK(totals.tasks == std::map<TaskKind, double>{{TaskKind::timer, 1}});
    REQUIRE(totals.gaps.size() == 3);
    const auto& overrun = totals.gaps.at(GapReason::nflog_overrun);
    CHECK(overrun.count == 2);
    CHECK(overrun.lost == 5);
    CHECK(overrun.milliseconds == 11000);
    CHECK(totals.gaps.at(GapReason::tracker_full).lost == 1);
    CHECK(totals.gaps.at(GapReason::untracked).lost == 2); // the last reason that there is
    CHECK(totals.runs_succeeded == 2);
    CHECK(totals.runs_failed == 2);
    CHECK(totals.runs_of_unknown_end == 2);
}

TEST_CASE("an empty record adds up to nothing, and sums beyond the counters' range are none of an error") {
    const TemporaryDirectory directory;
    const auto database = directory / "flows.db";
    CHECK_THROWS_AS(static_cast<void>(read_totals(database)), SqlError);
    Identities identities;
    Batch batch;
    for (std::uint32_t number = 0; number < 3; ++number) {
        batch.flows.push_back(delta_to(0xc0000200U + number, at(0)));
        batch.flows.back().counts.bytes_out =
            static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    }
    Writer writer(database, WriterRole::collector);
    writer.begin_observation(kernel_observation(at(0)));
    CHECK(read_totals(database).distinct_flows == 0);
    CHECK(read_totals(database).flows.at(FlowVerdict::accepted) == 0);
    CHECK(read_totals(database).gaps.empty());
    writer.commit(batch, identities, at(1));
    CHECK(read_totals(database).bytes_out == doctest::Approx(3 * 9.223372036854775807e18));
}
