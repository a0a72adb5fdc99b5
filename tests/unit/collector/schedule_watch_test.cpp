// Are runs told once, under the names of their tasks, by the journal where there is one and by stamps where
// there is none, and is a changed schedule handed on, once?
#include "journal_files.hpp"

#include <collector/aggregator.hpp>

#include <doctest/doctest.h>
#include <last_runs.hpp>
#include <schedule_watch.hpp>

using namespace fwlearn;
using collector::Now;
using collector::host::LedgerReading;
using collector::host::runs_between;
using collector::host::ScheduleWatch;
using collector::host::TaskRun;
using collector_test::cron_entry;
using collector_test::Journal;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr model::Timestamp start{std::chrono::milliseconds(1'795'662'000'000)};

Now at(std::chrono::seconds after) {
    return {start + after, std::chrono::steady_clock::time_point(1h + after)};
}

model::Schedule schedule(const char* name, std::optional<model::Timestamp> last_run) {
    model::Schedule result;
    result.task = {model::TaskKind::timer, model::ForeignText(name)};
    result.last_run = last_run;
    return result;
}

model::Task cron(const char* name) {
    return {model::TaskKind::cron, model::ForeignText(name)};
}

model::Task timer(const char* name) {
    return {model::TaskKind::timer, model::ForeignText(name)};
}

std::uint64_t counter(const ScheduleWatch& watch, const std::string& name) {
    for (const auto& [key, value] : watch.counters()) {
        if (key == name) {
            return value;
        }
    }
    FAIL(name);
    return 0;
}

} // namespace

TEST_CASE("A stamp that has changed between two readings is a run") {
    const LedgerReading before{{schedule("same.timer", start - 1h), schedule("first.timer", std::nullopt),
                                schedule("again.timer", start - 24h), schedule("day.timer", start - 48h),
                                schedule("back.timer", start - 1h), schedule("gone.timer", start - 1h)},
                               start};
    const LedgerReading after{{schedule("same.timer", start - 1h), schedule("first.timer", start + 60s),
                               schedule("again.timer", start + 90s), schedule("day.timer", start - 5h),
                               schedule("back.timer", start - 2h), schedule("old.timer", start - 5min),
                               schedule("new.timer", start + 10s), schedule("future.timer", start + 1h)},
                              start + 300s};
    CHECK(runs_between(before, after) ==
          std::vector<TaskRun>{{timer("again.timer"), start + 90s},
                               {timer("day.timer"), start + 300s}, // when it was found
                               {timer("first.timer"), start + 60s},
                               {timer("new.timer"), start + 10s}});
    CHECK(runs_between(after, after).empty());
}

TEST_CASE("Where there is no journal, stamps tell of runs, and what is known is said") {
    const Journal host;
    fs::remove_all(host.root() / "var");
    std::vector<model::Schedule> ledger{schedule("daily.timer", std::nullopt)};
    ScheduleWatch watch(host.root(), [&ledger](const auto&, auto) { return ledger; });
    watch.read(at(0s));
    CHECK(counter(watch, "runs_by_journal") == 0);
    CHECK(counter(watch, "runs_by_stamps") == 0);
    CHECK(watch.take_schedules() == ledger);
    CHECK_FALSE(watch.take_schedules());
    CHECK_FALSE(watch.listen(at(1s)));
    ledger = {schedule("daily.timer", start + 100s)};
    watch.read(at(300s));
    CHECK(watch.take_schedules() == ledger);
    CHECK(watch.take_runs() == std::vector<TaskRun>{{timer("daily.timer"), start + 100s}});
    CHECK(watch.take_runs().empty());
    CHECK(counter(watch, "runs_by_stamps") == 1);
    CHECK(counter(watch, "runs_told") == 1);
    watch.read(at(600s));
    CHECK_FALSE(watch.take_schedules());
    CHECK(watch.take_runs().empty());
}

TEST_CASE("Where there is a journal, it alone tells of runs") {
    const Journal host;
    host.write_file("etc/crontab", "* * * * * root one\n* * * * * root two\n");
    host.write(cron_entry(0, "one"));
    std::vector<model::Schedule> ledger{schedule("daily.timer", start)};
    ScheduleWatch watch(host.root(), [&ledger](const auto&, auto) { return ledger; });
    watch.read(at(0s));
    CHECK(counter(watch, "runs_by_journal") == 1);
    CHECK(counter(watch, "runs_by_stamps") == 0);
    host.write(cron_entry(5, "one") + cron_entry(6, "forged", "logger") + cron_entry(61, "two"));
    ledger = {schedule("daily.timer", start + 100s)};
    CHECK_FALSE(watch.listen(at(299s)));
    watch.read(at(300s));
    CHECK(watch.take_runs() == std::vector<TaskRun>{{cron("/etc/crontab:1"), collector_test::time_of(5)},
                                                    {cron("/etc/crontab:2"), collector_test::time_of(61)}});
}

TEST_CASE("A journal that begins later is found at the next reading") {
    const Journal host;
    fs::remove_all(host.root() / "var");
    host.write_file("etc/crontab", "* * * * * root one\n");
    ScheduleWatch watch(host.root(), [](const auto&, auto) { return std::vector<model::Schedule>(); });
    watch.read(at(0s));
    fs::create_directories(host.folder());
    host.write(cron_entry(0, "one"));
    watch.read(at(300s));
    host.write(cron_entry(1, "one"));
    watch.listen(at(301s));
    CHECK(watch.take_runs() == std::vector<TaskRun>{{cron("/etc/crontab:1"), collector_test::time_of(1)}});
}

TEST_CASE(
    "A line that was added meanwhile has its name at its first run, and not all is read for each such line") {
    const Journal host;
    host.write(cron_entry(0, "before"));
    int readings = 0;
    ScheduleWatch watch(host.root(), [&readings](const auto&, auto) {
        ++readings;
        return std::vector<model::Schedule>();
    });
    watch.read(at(0s));
    host.write_file("etc/cron.d/new", "* * * * * root new\n");
    host.write(cron_entry(1, "new") + cron_entry(2, "unknown --password=x") + cron_entry(3, "unknown"));
    CHECK(watch.listen(at(20s)));
    CHECK(readings == 2);
    CHECK(watch.take_runs() ==
          std::vector<TaskRun>{{cron("/etc/cron.d/new:1"), collector_test::time_of(1)},
                               {cron("unknown --password=***"), collector_test::time_of(2)},
                               {cron("unknown"), collector_test::time_of(3)}});
    host.write(cron_entry(4, "unknown"));
    CHECK_FALSE(watch.listen(at(21s)));
    CHECK(watch.listen(at(31s))); // of what came too soon
    CHECK_FALSE(watch.listen(at(60s)));
}

TEST_CASE("A job of every minute is one row an hour") {
    collector::Aggregator aggregator;
    const auto task = model::TaskId{7};
    const auto hour = std::chrono::floor<std::chrono::hours>(start);
    for (int minute = 0; minute < 120; ++minute) {
        aggregator.add(task, hour + std::chrono::minutes(minute) + 1s, model::RunEvent::began);
        aggregator.add(task, hour + std::chrono::minutes(minute) + 59s, model::RunEvent::began);
    }
    aggregator.add(task, hour + 1min + 59s, model::RunEvent::succeeded);
    aggregator.add(task, hour + 2min + 1s, model::RunEvent::failed);
    constexpr std::uint64_t all = (std::uint64_t{1} << 60U) - 1;
    CHECK_FALSE(aggregator.empty());
    CHECK(aggregator.batch().runs ==
          std::vector<model::TaskRuns>{{task, hour, all, 0b10, 0b100}, {task, hour + 1h, all}});
    aggregator.written();
    CHECK(aggregator.empty());
    aggregator.replace(std::vector<model::Schedule>());
    CHECK_FALSE(aggregator.empty());
    REQUIRE(aggregator.batch().schedules);
    CHECK(aggregator.batch().schedules->empty());
    aggregator.written();
    CHECK(aggregator.empty());
}
