#include <analyzer/objections.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace std::chrono_literals;

namespace {

const auto now = *model::parse_rfc3339("2026-11-25T12:00:00Z");

model::Observation observed(std::chrono::milliseconds from, std::chrono::milliseconds to) {
    model::Observation observation;
    observation.started = now - from;
    observation.last_alive = now - to;
    return observation;
}

model::Record record_of(std::vector<model::Observation> observations) {
    model::Record record;
    record.observations = std::move(observations);
    return record;
}

} // namespace

TEST_CASE("a day without a gap is enough, also in pieces that are minutes apart") {
    CHECK(analyzer::objections(record_of({observed(25h, 1s)}), now).empty());
    CHECK(analyzer::objections(record_of({observed(200h, 3h), observed(3h - 2min, 0s)}), now).empty());
    CHECK(analyzer::objections(record_of({observed(25h, 2h), observed(12h, 1h), observed(100min, 0s)}), now)
              .empty());
}

TEST_CASE("less than a day, or nobody who observed, is told with how much is missing") {
    CHECK(analyzer::objections({}, now).front() == "the record spans 0 min, which is less than a day");
    CHECK(analyzer::objections(record_of({observed(5h, 0s)}), now) ==
          std::vector<std::string>{"the record spans 5 h, which is less than a day"});
    CHECK(analyzer::objections(record_of({observed(100h, 50h)}), now) ==
          std::vector<std::string>{"nobody observed for 24 h of the last day"});
    CHECK(analyzer::objections(record_of({observed(100h, 10h), observed(9h, 0s)}), now) ==
          std::vector<std::string>{"nobody observed for 60 min of the last day"});
}

TEST_CASE("events that were lost for long within the day are told, those of earlier days are not") {
    auto record = record_of({observed(100h, 0s)});
    record.gaps.push_back({now - 50h, now - 40h, model::GapReason::events_overrun, 9});
    record.gaps.push_back({now - 3h, now - 3h + 1min, model::GapReason::nflog_overrun, 7});
    CHECK(analyzer::objections(record, now).empty());
    record.gaps.push_back({now - 2h, now - 2h + 10min, model::GapReason::events_overrun, 5});
    CHECK(analyzer::objections(record, now) ==
          std::vector<std::string>{"in 11 min of the last day events were lost (12 or more)"});
}

TEST_CASE("schedules that were not seen to run are told, a few of them by name") {
    auto record = record_of({observed(25h, 1s)});
    for (int number = 0; number < 7; ++number) {
        model::Schedule schedule;
        schedule.task = {model::TaskKind::cron, model::ForeignText("/etc/crontab:" + std::to_string(number))};
        schedule.command = model::ForeignText("backup\n");
        schedule.period = 24h * 7;
        schedule.next_run = now + 24h;
        record.schedules.push_back(schedule);
    }
    const auto reasons = analyzer::objections(record, now);
    REQUIRE(reasons.size() == 6);
    CHECK(reasons.front() == "cron /etc/crontab:0 has not run yet: it is due on 2026-11-26T12:00:00.000Z "
                             "(backup\\x0A)");
    CHECK(reasons.back() == "2 more schedules have not done their work yet: fwlearn coverage");
}
