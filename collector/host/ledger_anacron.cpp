#include "ledger_anacron.hpp"

#include "anacrontab.hpp"
#include "collector/process/redact.hpp"

#include <model/number.hpp>

#include <algorithm>

namespace fwlearn::collector::host {
namespace {

using model::ForeignText;
using std::chrono::days;
using std::chrono::local_days;

/// What anacron wrote into a job's stamp: the day of its last run, YYYYMMDD (update_timestamp() in lock.c).
std::optional<local_days> day_in(const std::string& stamp) {
    constexpr std::size_t digits = 8;
    const auto number = model::parse_integer<unsigned>(std::string_view(stamp).substr(0, digits));
    if (stamp.size() < digits || !number) {
        return std::nullopt;
    }
    const std::chrono::year_month_day day(std::chrono::year(static_cast<int>(*number / 10000)),
                                          std::chrono::month(*number / 100 % 100),
                                          std::chrono::day(*number % 100));
    return day.ok() ? std::optional(local_days(day)) : std::nullopt;
}

/// The longest that anacron lets pass from one run's day to the next (consider_job() in lock.c).
days longest_period(const AnacronLine& job) {
    constexpr days longest_month(31);
    constexpr days longest_year(366);
    constexpr std::uint32_t most_days = 366 * 100;
    return job.period == AnacronPeriod::month  ? longest_month
           : job.period == AnacronPeriod::year ? longest_year
                                               // once a day at most, also with a period of 0
                                               : days(std::clamp(job.days, 1U, most_days));
}

unsigned days_of_month(local_days day, int months_before) {
    const std::chrono::year_month_day date(day);
    const auto month = date.year() / date.month() - std::chrono::months(months_before);
    return static_cast<unsigned>((month / std::chrono::last).day());
}

unsigned days_of_year(local_days day, int years_before) {
    constexpr unsigned common = 365;
    const auto year = std::chrono::year_month_day(day).year() - std::chrono::years(years_before);
    return common + (year.is_leap() ? 1 : 0);
}

/// The first day on which it runs again. For a month's job as many days have to be over as the last month
/// has, or exactly as many as this one has, so that what ran on 15 January runs on 12 February
/// (consider_job()).
local_days due_after(local_days last, const AnacronLine& job) {
    const auto longest = longest_period(job);
    if (job.period == AnacronPeriod::days) {
        return last + longest;
    }
    const auto length = job.period == AnacronPeriod::month ? days_of_month : days_of_year;
    for (days over(1); over < longest; over += days(1)) {
        const auto count = static_cast<unsigned>(over.count());
        if (count >= length(last + over, 1) || count == length(last + over, 0)) {
            return last + over;
        }
    }
    return last + longest;
}

class AnacronReader {
  public:
    AnacronReader(LedgerHost& host, const std::vector<NextRun>& starts)
        : host_(host), starts_(starts), runs_(host.has_one_of({"/usr/sbin/anacron"})),
          local_now_(host.clocks.local(host.now, host.clocks.host_zone())) {}

    [[nodiscard]] AnacronSchedule schedule_of(const AnacronLine& job) const {
        model::Schedule schedule;
        schedule.kind = model::ScheduleKind::anacron;
        schedule.state = runs_ ? model::ScheduleState::enabled : model::ScheduleState::disabled;
        schedule.file = ForeignText("/etc/anacrontab");
        schedule.command = process::redacted_command_line({ForeignText(job.command)});
        schedule.when = ForeignText(job.when);
        schedule.time_zone = ForeignText(host_.clocks.host_zone());
        schedule.uid = 0;
        schedule.period = longest_period(job);
        schedule.delay = std::chrono::minutes(job.delay_minutes);
        const auto path = "/var/spool/anacron/" + job.identifier;
        const auto day = day_in(host_.files.read(path).value_or(std::string()));
        if (day) {
            schedule.last_run = last_run(path, *day);
        }
        if (runs_) {
            schedule.next_run = next_run(job, day);
        }
        CronJob cron_job{schedule.file, job.line, ForeignText("root"), 0U, ForeignText(job.command)};
        return {std::move(schedule), std::move(cron_job)};
    }

  private:
    /// The stamp tells the day; the file's own time the rest, where it is on that day.
    [[nodiscard]] std::optional<model::Timestamp> last_run(const std::string& path, local_days day) const {
        const auto& zone = host_.clocks.host_zone();
        const auto facts = host_.files.facts(path);
        const bool same_day =
            facts && std::chrono::floor<days>(host_.clocks.local(facts->changed, zone)) == day;
        return host_.past(same_day ? facts->changed : host_.clocks.instant(LocalSecond(day), zone));
    }

    [[nodiscard]] std::optional<model::Timestamp> next_run(const AnacronLine& job,
                                                           std::optional<local_days> last) const {
        const auto today = std::chrono::floor<days>(local_now_);
        // A stamp of tomorrow: anacron runs the job at once. None: it has not run yet.
        const auto due = last && *last <= today ? due_after(*last, job) : today;
        const auto begin = LocalSecond(due) + std::chrono::hours(job.first_hour);
        const auto from = std::max(local_now_, begin - std::chrono::seconds(1));
        if (const auto start = next_of(starts_, from)) {
            return host_.clocks.instant(*start, host_.clocks.host_zone());
        }
        return begin > local_now_ ? std::optional(host_.clocks.instant(begin, host_.clocks.host_zone()))
                                  : std::nullopt;
    }

    LedgerHost& host_;
    const std::vector<NextRun>& starts_;
    bool runs_;
    LocalSecond local_now_;
};

} // namespace

std::vector<AnacronSchedule> ledger_of_anacron(LedgerHost& host, const std::vector<NextRun>& starts) {
    std::vector<AnacronSchedule> schedules;
    const AnacronReader reader(host, starts);
    for (const auto& job : read_anacrontab(host.files.read("/etc/anacrontab").value_or(std::string()))) {
        schedules.push_back(reader.schedule_of(job));
    }
    return schedules;
}

} // namespace fwlearn::collector::host
