#include "schedule_rows.hpp"

#include "hour_range.hpp"
#include "statement.hpp"

#include <algorithm>

namespace fwlearn::sql {
namespace {

constexpr std::uint64_t all_minutes = (std::uint64_t{1} << 60U) - 1;

std::optional<std::int64_t> seconds_of(std::optional<std::chrono::seconds> span) {
    return span ? std::optional(std::int64_t{span->count()}) : std::nullopt;
}

bool is_by_line(model::ScheduleKind kind) {
    return kind == model::ScheduleKind::cron || kind == model::ScheduleKind::anacron;
}

/// A span that arithmetic with times cannot overflow: longer ones are as good as this one.
std::chrono::seconds bounded(std::int64_t seconds) {
    constexpr std::int64_t a_thousand_years = 1000LL * 366 * 24 * 3600;
    return std::chrono::seconds(std::clamp(seconds, std::int64_t{0}, a_thousand_years));
}

} // namespace

ScheduleRows::ScheduleRows(Connection& connection)
    : read_(connection.database(), "SELECT task_id, kind, command, since FROM schedules"),
      clear_(connection.database(), "DELETE FROM schedules"),
      add_(connection.database(),
           "INSERT INTO schedules (task_id, kind, state, file, command, expression, time_zone, uid, period, "
           "delay, last_run, next_run, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      add_runs_(connection.database(),
                "INSERT INTO task_runs (task_id, hour, minutes, succeeded, failed) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET minutes = minutes | excluded.minutes, "
                "succeeded = succeeded | excluded.succeeded, failed = failed | excluded.failed") {}

/// By task; empty only where nothing is known of the host's schedules yet.
std::map<std::int64_t, ScheduleRows::Before> ScheduleRows::jobs_by_line() {
    std::map<std::int64_t, Before> before;
    for (Use use(read_); use.step();) {
        Row row(use);
        const auto task = row.number<std::int64_t>();
        const auto kind = row.enumerator(model::ScheduleKind::at);
        auto command = row.text();
        const auto since = row.time_or_null();
        before[task] = is_by_line(kind) ? Before{std::move(command), since} : Before();
    }
    return before;
}

void ScheduleRows::replace(const std::vector<model::Schedule>& schedules, IdentityRows& identities,
                           model::Timestamp now) {
    const auto before = jobs_by_line();
    Use(clear_).run();
    for (const auto& schedule : schedules) {
        const auto task = identities.task(schedule.task);
        std::optional<model::Timestamp> since;
        if (is_by_line(schedule.kind) && !before.empty()) {
            const auto found = before.find(task);
            const bool same = found != before.end() && found->second.command == schedule.command;
            since = same ? found->second.since : now;
        }
        Use(add_)
            .with(task, schedule.kind, schedule.state, schedule.file, schedule.command, schedule.when,
                  schedule.time_zone, schedule.uid, seconds_of(schedule.period),
                  std::int64_t{schedule.delay.count()}, schedule.last_run, schedule.next_run, since)
            .run();
    }
}

void ScheduleRows::add(const model::TaskRuns& runs, BatchRows& rows) {
    const auto bits = [](std::uint64_t minutes) { return static_cast<std::int64_t>(minutes & all_minutes); };
    Use(add_runs_)
        .with(rows.task(runs.task), std::int64_t{runs.hour.time_since_epoch().count()}, bits(runs.minutes),
              bits(runs.succeeded), bits(runs.failed))
        .run();
}

std::vector<model::Schedule> read_schedules(Connection& connection, const StoredIdentities& stored) {
    SQLite::Statement statement(
        connection.database(),
        "SELECT task_id, kind, state, file, command, expression, time_zone, uid, period, delay, last_run, "
        "next_run, since FROM schedules");
    std::vector<model::Schedule> schedules;
    for (Use use(statement); use.step();) {
        Row row(use);
        model::Schedule schedule;
        schedule.task = stored.identities.task(referred(stored.tasks, row.number<std::int64_t>()));
        schedule.kind = row.enumerator(model::ScheduleKind::at);
        schedule.state = row.enumerator(model::ScheduleState::disabled);
        schedule.file = row.text();
        schedule.command = row.text();
        schedule.when = row.text();
        schedule.time_zone = row.text();
        schedule.uid = row.number_or_null<std::uint32_t>();
        if (const auto period = row.number_or_null<std::int64_t>()) {
            schedule.period = bounded(*period);
        }
        schedule.delay = bounded(row.number<std::int64_t>());
        schedule.last_run = row.time_or_null();
        schedule.next_run = row.time_or_null();
        schedule.since = row.time_or_null();
        schedules.push_back(std::move(schedule));
    }
    std::sort(schedules.begin(), schedules.end());
    return schedules;
}

std::vector<model::TaskRuns> read_runs(Connection& connection, const StoredIdentities& stored,
                                       const model::TimeRange& range) {
    SQLite::Statement statement(connection.database(),
                                "SELECT task_id, hour, minutes, succeeded, failed FROM task_runs "
                                "WHERE hour >= ? AND hour < ?");
    std::vector<model::TaskRuns> all;
    Use use(statement);
    const auto hours = hours_in(range);
    use.with(hours.first, hours.end);
    while (use.step()) {
        Row row(use);
        model::TaskRuns runs;
        runs.task = referred(stored.tasks, row.number<std::int64_t>());
        runs.hour = model::Hour(std::chrono::hours(row.number<std::int64_t>()));
        for (auto* bits : {&runs.minutes, &runs.succeeded, &runs.failed}) {
            *bits = static_cast<std::uint64_t>(row.number<std::int64_t>()) & all_minutes;
        }
        all.push_back(runs);
    }
    std::sort(all.begin(), all.end());
    return all;
}

} // namespace fwlearn::sql
