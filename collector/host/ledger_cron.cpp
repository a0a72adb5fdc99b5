// Crontabs, anacrontab and the folders of run-parts as schedules.
#include "collector/process/redact.hpp"
#include "cron_files.hpp"
#include "ledger_anacron.hpp"
#include "ledger_run_parts.hpp"
#include "ledger_sources.hpp"
#include "small_files.hpp"

#include <model/cron_expression.hpp>

#include <algorithm>
#include <map>

namespace fwlearn::collector::host {
namespace {

using model::ForeignText;
using model::ScheduleState;

/// cronie reads CRON_TZ= (crontab(5) of cronie); Debian's cron knows no such variable and runs every line by
/// the clock of the host (LIMITATIONS of its crontab(5), and no word of it in its source). TZ= is for the
/// commands alone in both.
std::string zone_of(const CrontabLine& line, bool cronie, LedgerHost& host) {
    return cronie && host.clocks.is_known(line.zone) ? line.zone : host.clocks.host_zone();
}

std::vector<NextRun> runs_of(const model::CronExpression& expression) {
    if (expression.is_at_boot()) {
        return {};
    }
    return {[expression](LocalSecond after) -> std::optional<LocalSecond> {
        const auto minute = expression.next(std::chrono::floor<std::chrono::minutes>(after));
        return minute ? std::optional<LocalSecond>(*minute) : std::nullopt;
    }};
}

/// Which job a run is named after, where several have the same command and user: Schedules::job() takes the
/// first.
class JobNames {
  public:
    void add(const CronJob& job) {
        const auto [first, added] = first_.try_emplace({job.command, job.uid}, job.file, job.line);
        if (!added) {
            first->second = std::min(first->second, std::pair(job.file, job.line));
        }
    }
    [[nodiscard]] model::Task task_of(const CronJob& job) const {
        const auto& [file, line] = first_.at({job.command, job.uid});
        return {model::TaskKind::cron, place_of(file, line)};
    }

  private:
    using Job = std::pair<ForeignText, std::optional<std::uint32_t>>; ///< command, user
    std::map<Job, std::pair<ForeignText, std::uint32_t>> first_;
};

JobNames names_of(const std::vector<CrontabFile>& crontabs, const std::vector<AnacronSchedule>& anacron,
                  const LedgerHost& host) {
    JobNames names;
    for (const auto& file : crontabs) {
        for (const auto& line : file.crontab.lines) {
            names.add(line.job);
        }
    }
    for (const auto& schedule : anacron) {
        names.add(schedule.job);
    }
    for (const auto& folder : usual_script_folders()) {
        for (const auto& path : scripts_in(folder, host.files)) {
            names.add({ForeignText(path), 0, ForeignText("root"), 0U, ForeignText(path)});
        }
    }
    return names;
}

} // namespace

std::vector<model::Schedule> ledger_of_cron(LedgerHost& host, const std::vector<NextRun>& anacron_starts) {
    std::vector<model::Schedule> schedules;
    ScriptFolders folders(host);
    const bool cron_runs = host.has_one_of({"/usr/sbin/cron", "/usr/sbin/crond", "/usr/sbin/bcron-sched"});
    const bool cronie = cron_program(host.files) == CronProgram::cronie;
    const auto crontabs = crontab_files(host.root, host.files);
    auto anacron = ledger_of_anacron(host, anacron_starts);
    const auto names = names_of(crontabs, anacron, host);
    for (const auto& file : crontabs) {
        const bool taken = cron_runs && !file.insecure && !file.crontab.refused;
        for (const auto& line : file.crontab.lines) {
            const auto expression = model::CronExpression::parse(line.earliest);
            model::Schedule schedule;
            schedule.kind = model::ScheduleKind::cron;
            schedule.state = !taken || !line.taken || !expression ? ScheduleState::disabled
                             : expression->is_at_boot()           ? ScheduleState::at_boot
                                                                  : ScheduleState::enabled;
            schedule.task = names.task_of(line.job);
            schedule.file = file.path;
            schedule.command = process::redacted_command_line({line.job.command});
            schedule.when = ForeignText(line.when);
            schedule.uid = line.job.uid;
            schedule.delay = line.chance;
            if (expression) {
                set_runs(schedule, runs_of(*expression), zone_of(line, cronie, host), host,
                         file.of_user ? line.job.uid : std::nullopt);
            }
            if (!folders.take(schedule, line.job.command.raw_bytes())) {
                schedules.push_back(std::move(schedule));
            }
        }
    }
    for (auto& [schedule, job] : anacron) {
        schedule.task = names.task_of(job);
        if (!folders.take(schedule, job.command.raw_bytes())) {
            schedules.push_back(std::move(schedule));
        }
    }
    for (auto& script : folders.scripts()) {
        schedules.push_back(std::move(script));
    }
    return schedules;
}

} // namespace fwlearn::collector::host
