#include <analyzer/ledger.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace std::chrono_literals;
using analyzer::LedgerState;

namespace {

const auto start = *model::parse_rfc3339("2026-11-01T00:00:00Z");
const model::Task backup{model::TaskKind::timer, model::ForeignText("backup.timer")};

/// Ten days of observing, and one schedule: once a day.
struct TenDays {
    model::Record record;

    TenDays() {
        model::Observation observation;
        observation.started = start;
        observation.last_alive = start + 240h;
        record.observations = {observation};
        model::Schedule schedule;
        schedule.task = backup;
        schedule.period = 24h;
        schedule.next_run = start + 243h;
        record.schedules = {schedule};
    }
    [[nodiscard]] model::Schedule& schedule() { return record.schedules.front(); }
    void run(model::Timestamp at) {
        const auto hour = model::hour_of(at);
        const auto minute = std::chrono::floor<std::chrono::minutes>(at - model::Timestamp(hour)).count();
        record.runs.push_back({record.identities.add(backup), hour, std::uint64_t{1} << minute});
    }
    void send(std::vector<std::chrono::hours> hours, const model::Task& task = backup) {
        model::Flow flow;
        flow.key.task = record.identities.add(task);
        for (const auto hour : hours) {
            flow.hours.push_back({model::hour_of(start) + hour, 1});
        }
        record.flows.push_back(flow);
    }
    void lose(std::chrono::hours from, std::chrono::hours to) {
        record.gaps.push_back({start + from, start + to, model::GapReason::events_overrun, std::nullopt});
    }
    [[nodiscard]] analyzer::LedgerEntry entry() const { return analyzer::ledger(record).front(); }
};

} // namespace

TEST_CASE("runs are counted by the minute, and those that sent something apart") {
    TenDays host;
    host.run(start + 3h + 10min);
    host.run(start + 3h + 40min);
    host.run(start + 27h);
    CHECK(host.entry().state == LedgerState::without_egress);
    CHECK(host.entry().runs_seen == 3);
    CHECK(host.entry().last_run == start + 27h);
    host.send({3h});
    host.send({3h, 100h}, {model::TaskKind::timer, model::ForeignText("other.timer")});
    CHECK(host.entry().state == LedgerState::with_egress);
    CHECK(host.entry().runs_seen == 3);
    CHECK(host.entry().egress_seen == 2);
    CHECK_FALSE(host.entry().is_open());
}

TEST_CASE("what failed each time that it ran is open, and one run that did not is enough") {
    TenDays host;
    host.run(start + 3h);
    host.run(start + 27h);
    host.send({3h, 27h});
    for (auto& run : host.record.runs) {
        run.failed = run.minutes;
    }
    CHECK(host.entry().state == LedgerState::failed);
    CHECK(host.entry().is_open());
    CHECK(host.entry().runs_seen == 2);
    CHECK(host.entry().failed_seen == 2);
    CHECK(host.entry().egress_seen == 2);
    CHECK(analyzer::open_words(host.entry()) ==
          "timer backup.timer failed all 2 times that it ran, so that what it sends when it works was not "
          "seen; it is due again on 2026-11-11T03:00:00.000Z");
    host.schedule().state = model::ScheduleState::disabled; // nobody waits for it
    CHECK(host.entry().state == LedgerState::disabled);
    host.schedule().state = model::ScheduleState::enabled;
    // Started again in the same minute, and that went well.
    host.record.runs.front().succeeded = host.record.runs.front().minutes;
    CHECK(host.entry().state == LedgerState::with_egress);
    CHECK(host.entry().failed_seen == 1);
    host.record.runs.front().succeeded = 0;
    host.run(start + 51h); // of whose end nobody told
    CHECK(host.entry().state == LedgerState::with_egress);
    host.lose(50h, 52h);
    CHECK(host.entry().state == LedgerState::failed);
    host.send({75h}); // a run that nobody told of
    CHECK(host.entry().state == LedgerState::with_egress);
    CHECK_FALSE(host.entry().is_open());
}

TEST_CASE("flows of a run that nobody told of are a run, and one that goes on is one") {
    TenDays host;
    host.send({3h, 4h, 5h});
    host.send({27h, 3h + 24h * 2});
    CHECK(host.entry().runs_seen == 3);
    CHECK(host.entry().egress_seen == 3);
    CHECK(host.entry().last_run == start + 51h);
    host.schedule().period = 1h;
    CHECK(host.entry().runs_seen == 5);
    host.run(start + 2h + 59min); // what it sent came in the next hour
    CHECK(host.entry().runs_seen == 5);
    CHECK(host.entry().egress_seen == 5);
}

TEST_CASE("what ran in the same line of a crontab when another command stood there was another job") {
    TenDays host;
    host.run(start + 3h + 10min);
    host.run(start + 27h + 10min);
    host.run(start + 27h + 40min);
    host.send({3h, 27h});
    CHECK(host.entry().runs_seen == 3);
    host.schedule().since = start + 27h + 20min;
    CHECK(host.entry().runs_seen == 1);
    CHECK(host.entry().egress_seen == 0); // whose flows that hour's are is not known
    host.schedule().since = start + 30h;
    CHECK(host.entry().runs_seen == 0);
    CHECK(host.entry().is_open());
    host.run(start + 51h);
    host.send({51h});
    CHECK(host.entry().runs_seen == 1);
    CHECK(host.entry().egress_seen == 1);
}

TEST_CASE("what ran in a gap was not seen, and is due") {
    TenDays host;
    host.run(start + 27h);
    host.lose(26h, 28h);
    CHECK(host.entry().runs_seen == 0);
    CHECK(host.entry().state == LedgerState::not_seen);
    CHECK(host.entry().is_open());
    host.run(start - 1h);
    host.run(start + 241h);
    CHECK(host.entry().runs_seen == 0);
    host.run(start + 28h);
    CHECK(host.entry().runs_seen == 1);
}

TEST_CASE("what comes round less often than was observed is not due until its time") {
    TenDays host;
    host.schedule().period = 31 * 24h;
    host.schedule().next_run = start + 500h;
    CHECK(host.entry().state == LedgerState::not_due);
    CHECK(host.entry().is_open());
    host.schedule().last_run = start - 1h;
    CHECK(host.entry().state == LedgerState::not_due);
    CHECK(host.entry().last_run == start - 1h);
    host.schedule().last_run = start + 1h; // the host says that it ran, and nobody saw it
    CHECK(host.entry().state == LedgerState::not_seen);
    host.schedule().last_run.reset();
    host.schedule().next_run = start + 239h; // over, with its delay
    host.schedule().delay = 30min;
    CHECK(host.entry().state == LedgerState::not_seen);
    host.schedule().delay = 2h; // it may begin after the record's end
    CHECK(host.entry().state == LedgerState::not_due);
}

TEST_CASE("a daily job that began to be observed after its time is due only the next day") {
    TenDays host;
    host.record.observations.front().last_alive = start + 20h;
    host.schedule().next_run = start + 23h;
    CHECK(host.entry().state == LedgerState::not_due);
    host.record.observations.front().last_alive = start + 30h;
    host.schedule().next_run = start + 47h;
    CHECK(host.entry().state == LedgerState::not_seen);
}

TEST_CASE("what runs at boot alone and what is disabled waits for nothing; what nothing is known of does") {
    TenDays host;
    host.schedule().state = model::ScheduleState::disabled;
    CHECK(host.entry().state == LedgerState::disabled);
    host.schedule().state = model::ScheduleState::at_boot;
    CHECK(host.entry().state == LedgerState::at_boot);
    host.schedule().state = model::ScheduleState::enabled;
    host.schedule().period.reset();
    host.schedule().next_run.reset();
    CHECK(host.entry().state == LedgerState::not_due);
    CHECK(analyzer::open_words(host.entry()).find("nothing says when it is due") != std::string::npos);
    host.schedule().next_run = start + 300h; // once
    CHECK(host.entry().state == LedgerState::not_due);
    host.schedule().state = model::ScheduleState::disabled;
    host.run(start + 5h); // somebody started it
    CHECK(host.entry().state == LedgerState::without_egress);
}

TEST_CASE("an at job that still waits was not seen, whatever else its user had at run") {
    TenDays host;
    host.schedule().kind = model::ScheduleKind::at;
    host.schedule().period.reset();
    host.schedule().next_run = start + 300h;
    host.run(start + 5h);
    CHECK(host.entry().state == LedgerState::not_due);
    CHECK(host.entry().runs_seen == 0);
    host.schedule().next_run = start + 100h; // its time came, and it is still there
    CHECK(host.entry().state == LedgerState::not_seen);
}
