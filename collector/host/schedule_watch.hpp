// What the host runs by the clock, and when it did while it is observed: the ledger with what systemd adds to
// it, read now and then, and runs as the journal tells them, or as stamps do where there is no journal. Must
// not know flows, nor what becomes of its findings. Called by the observer, in the time of packets: each call
// takes milliseconds, and half a second more where systemd does not answer. Root and time are parameters.
#pragma once

#include "collector/now.hpp"
#include "last_runs.hpp"
#include "run_journal.hpp"
#include "run_tasks.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fwlearn::collector::host {

class ScheduleWatch {
  public:
    /// As host::read_ledger().
    using ReadLedger =
        std::function<std::vector<model::Schedule>(const std::filesystem::path&, model::Timestamp)>;

    /// Runs are told from here on; the ledger is not read yet.
    ScheduleWatch(std::filesystem::path root, ReadLedger read_ledger);

    /// Reads all again; for every few minutes.
    void read(const Now& now);
    /// Hears what the journal has told; for every second. True when all was read again, since it told of a
    /// schedule that was not known: ten seconds at least after the reading before.
    bool listen(const Now& now);

    /// By which runs are named, as they were read last.
    [[nodiscard]] const Schedules& schedules() const { return tasks_.schedules(); }
    /// What is set up to run, where that has changed since it was taken before.
    std::optional<std::vector<model::Schedule>> take_schedules();
    /// What was told of runs since they were taken before.
    std::vector<TaskRun> take_runs() { return std::exchange(runs_, {}); }

    /// runs_by_journal and runs_by_stamps: 1 for the one that tells of runs; and how many it
    /// told.
    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const;

  private:
    void add(std::vector<TaskRun> runs);
    [[nodiscard]] std::vector<model::Schedule> read_schedules(const Now& now) const;

    std::filesystem::path root_;
    ReadLedger read_ledger_;
    std::unique_ptr<RunJournal> journal_;
    RunTasks tasks_;
    std::optional<LedgerReading> ledger_;
    std::optional<Now> read_at_;
    bool changed_ = false;
    bool news_ = false; ///< something was told that was not there at the last reading
    std::vector<TaskRun> runs_;
    std::uint64_t runs_told_ = 0;
};

} // namespace fwlearn::collector::host
