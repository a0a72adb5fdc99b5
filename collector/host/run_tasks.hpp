// Which tasks a run of the journal's is a run of, by the names that the flows of their processes have
// (process/task.hpp): a unit's timer, the line of a crontab, each script that run-parts(8) then runs. What no
// clock starts has none.
// Must not know where runs are told from, nor count them. Used by the schedule watch; the root is a
// parameter.
#pragma once

#include "collector/host/schedules.hpp"
#include "last_runs.hpp"
#include "run_entry.hpp"

#include <model/process.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace fwlearn::collector::host {

class RunTasks {
  public:
    explicit RunTasks(std::filesystem::path root) : root_(std::move(root)) { read_again(); }
    ~RunTasks() = default;
    RunTasks(const RunTasks&) = delete;
    RunTasks& operator=(const RunTasks&) = delete;

    void read_again();
    /// As they were read last.
    [[nodiscard]] const Schedules& schedules() const { return schedules_; }

    /// In the order of tasks; nothing where the run is none of a task's, or was told before: systemd says of
    /// one start that it begins, and that it is done. Nor is how a run ended told of one that was not heard
    /// to begin, or is no more the last of its unit.
    std::vector<TaskRun> of(const SeenRun& run);
    /// Whether the run tells of something that was not there when files were read last: a command that no
    /// crontab has, a timer that is started.
    [[nodiscard]] bool is_news(const SeenRun& run) const;

  private:
    /// Who runs it, and the command as cron prints it.
    using PrintedJob = std::pair<model::ForeignText, std::string>;

    struct Start {
        model::ForeignText invocation;
        model::Timestamp time;
    };

    [[nodiscard]] std::vector<TaskRun> of_unit(const SeenRun& run);
    [[nodiscard]] std::vector<TaskRun> of_cron_job(const SeenRun& run);
    [[nodiscard]] std::vector<model::Task> begun_by_cron(const SeenRun& run) const;
    [[nodiscard]] std::vector<TaskRun> of_anacron_job(const SeenRun& run);
    [[nodiscard]] std::vector<model::Task> of_job(const CronJob& job) const;

    std::filesystem::path root_;
    Schedules schedules_;
    std::map<model::ForeignText, std::uint32_t> uids_; ///< of users
    std::map<PrintedJob, const CronJob*> jobs_;
    std::map<model::ForeignText, const CronJob*> anacron_jobs_; ///< by what anacron calls them
    /// The last start that was told of each timer's unit.
    std::map<std::pair<model::ForeignText, std::uint32_t>, Start> starts_;
    /// Jobs of cron's by the numbers of their processes; only those that are a run of one task.
    std::map<std::uint32_t, TaskRun> cron_processes_;
    /// The jobs of anacron's that run, by what it calls them: as many as its table has lines.
    std::map<model::ForeignText, std::vector<TaskRun>> anacron_runs_;
};

} // namespace fwlearn::collector::host
