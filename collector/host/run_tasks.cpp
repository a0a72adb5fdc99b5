#include "run_tasks.hpp"

#include "anacrontab.hpp"
#include "collector/host/users.hpp"
#include "collector/process/redact.hpp"
#include "cron_files.hpp"
#include "run_parts.hpp"
#include "settings/host_files.hpp"

#include <algorithm>
#include <string_view>

namespace fwlearn::collector::host {
namespace {

using model::ForeignText;
using model::Task;
using model::TaskKind;

constexpr const char* anacrontab = "/etc/anacrontab";
/// So many are remembered: users name as many units as they like, and cron does not say that jobs end well.
constexpr std::size_t most_starts = 4096;

std::vector<TaskRun> begun(std::vector<Task> tasks, model::Timestamp time) {
    std::vector<TaskRun> runs;
    runs.reserve(tasks.size());
    for (auto& task : tasks) {
        runs.push_back({std::move(task), time, model::RunEvent::began});
    }
    return runs;
}

} // namespace

void RunTasks::read_again() {
    schedules_ = Schedules::read(root_);
    uids_ = uids_by_name(root_);
    jobs_.clear();
    anacron_jobs_.clear();
    std::map<std::uint32_t, const CronJob*> lines_of_anacrontab;
    for (const auto& job : schedules_.jobs()) {
        if (job.line != 0) { // of several lines that say the same the first, as Schedules::job() has it
            jobs_.try_emplace({job.user, as_cron_prints(job.command.raw_bytes())}, &job);
        }
        if (job.file == ForeignText(anacrontab)) {
            lines_of_anacrontab[job.line] = &job;
        }
    }
    settings::HostFiles files(root_);
    for (const auto& line : read_anacrontab(files.read(anacrontab).value_or(std::string()))) {
        if (const auto job = lines_of_anacrontab.find(line.line); job != lines_of_anacrontab.end()) {
            anacron_jobs_.try_emplace(ForeignText(line.identifier), job->second);
        }
    }
}

std::vector<TaskRun> RunTasks::of(const SeenRun& run) {
    switch (run.of) {
    case RunOf::unit:
    case RunOf::user_unit:
        return of_unit(run);
    case RunOf::cron_job:
        return of_cron_job(run);
    case RunOf::anacron_job:
        return of_anacron_job(run);
    }
    return {};
}

bool RunTasks::is_news(const SeenRun& run) const {
    switch (run.of) {
    case RunOf::unit:
    case RunOf::user_unit:
        return run.name.raw_bytes().ends_with(".timer");
    case RunOf::cron_job:
        return run.event == model::RunEvent::began && !jobs_.contains({run.user, run.name.raw_bytes()});
    case RunOf::anacron_job:
        return run.event == model::RunEvent::began && !anacron_jobs_.contains(run.name);
    }
    return false;
}

std::vector<TaskRun> RunTasks::of_unit(const SeenRun& run) {
    const bool of_user = run.of == RunOf::user_unit;
    const auto timer = of_user ? schedules_.timer_of(run.name, run.uid) : schedules_.timer_of(run.name);
    if (!timer) {
        return {};
    }
    constexpr std::uint32_t nobody = UINT32_MAX; // no user's number: (uid_t) -1
    if (starts_.size() >= most_starts) {
        starts_.clear();
    }
    auto& last = starts_[{run.name, of_user ? run.uid : nobody}];
    const bool begins = run.event == model::RunEvent::began;
    if (begins == (last.invocation == run.invocation)) {
        return {};
    }
    if (begins) {
        last = {run.invocation, run.time};
    }
    const auto owner = of_user ? " (uid " + std::to_string(run.uid) + ")" : std::string();
    return {{{TaskKind::timer, ForeignText(timer->raw_bytes() + owner)}, last.time, run.event}};
}

std::vector<TaskRun> RunTasks::of_cron_job(const SeenRun& run) {
    if (run.event == model::RunEvent::began) {
        auto runs = begun(begun_by_cron(run), run.time);
        if (cron_processes_.size() >= most_starts) {
            cron_processes_.clear();
        }
        cron_processes_.erase(run.process);
        if (runs.size() == 1 && run.process != 0) { // of several scripts it is not said which one failed
            cron_processes_.emplace(run.process, runs.front());
        }
        return runs;
    }
    const auto found = cron_processes_.extract(run.process);
    if (found.empty()) {
        return {};
    }
    return {{found.mapped().task, found.mapped().time, run.event}};
}

std::vector<Task> RunTasks::begun_by_cron(const SeenRun& run) const {
    const auto job = jobs_.find({run.user, run.name.raw_bytes()});
    if (job == jobs_.end()) {
        const auto uid = uids_.find(run.user);
        return {{TaskKind::cron,
                 named_with_owner(process::redacted_command_line({run.name}),
                                  uid == uids_.end() ? std::nullopt : std::optional(uid->second))}};
    }
    return of_job(*job->second);
}

std::vector<TaskRun> RunTasks::of_anacron_job(const SeenRun& run) {
    if (run.event == model::RunEvent::began) {
        const auto job = anacron_jobs_.find(run.name);
        if (job == anacron_jobs_.end()) {
            return {};
        }
        return anacron_runs_[run.name] = begun(of_job(*job->second), run.time);
    }
    auto runs = anacron_runs_.extract(run.name);
    // run-parts(8) fails when one of its scripts does, and it is not said which; so all of them did well,
    // too.
    if (runs.empty() || (run.event == model::RunEvent::failed && runs.mapped().size() > 1)) {
        return {};
    }
    for (auto& one : runs.mapped()) {
        one.event = run.event;
    }
    return std::move(runs.mapped());
}

/// A line that only runs a folder's scripts is none itself, as the ledger has it.
std::vector<Task> RunTasks::of_job(const CronJob& job) const {
    const auto runs = run_parts_in(job.command.raw_bytes());
    std::vector<Task> tasks;
    if (!runs || !runs->alone) {
        tasks.push_back({TaskKind::cron, place_of(job.file, job.line)});
    }
    const settings::HostFiles files(root_);
    if (!runs || (!runs->unless.empty() && files.exists(runs->unless))) {
        return tasks;
    }
    constexpr std::uint32_t executable = 0111;
    for (const auto& script : scripts_in(runs->folder, files, runs->names)) {
        const auto facts = files.facts(script);
        if (facts && facts->regular && (facts->mode & executable) != 0) {
            tasks.push_back({TaskKind::cron, named_with_owner(ForeignText(script), job.uid)});
        }
    }
    std::sort(tasks.begin(), tasks.end());
    return tasks;
}

} // namespace fwlearn::collector::host
