// What the sources of the ledger share: the host whose files they read, and how a schedule is filled in from
// the times at which it runs. One function a source; each is in the file that is named after it.
// Private to the ledger.
#pragma once

#include "recurrence.hpp"
#include "settings/host_files.hpp"
#include "wall_clocks.hpp"

#include <model/schedule.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace fwlearn::collector::host {

struct LedgerHost {
    std::filesystem::path root;
    settings::HostFiles& files;
    WallClocks& clocks;
    model::Timestamp now;
    /// How many schedules are looked ahead of, for their next run and their period: it is the only thing here
    /// that takes time. Users may have any number of them, and take none of the system's, nor of one
    /// another's but for the sum. Further ones have neither, and are not called off by that.
    std::size_t looks_left = 1'000;
    std::size_t looks_of_users_left = 1'000;
    std::map<std::uint32_t, std::size_t> looks_of_user{};

    /// Whether one of these programs is installed; also where the root is no whole system (without a shell),
    /// which tells nothing of it.
    [[nodiscard]] bool has_one_of(std::initializer_list<const char*> paths) const;
    /// What is after a point in time is no last run: the clock was wrong then, or is now.
    [[nodiscard]] std::optional<model::Timestamp> past(model::Timestamp time) const;
    /// Whether one more of this user's (the system's and root's: nothing) is looked ahead of.
    [[nodiscard]] bool take_look(std::optional<std::uint32_t> whose);
};

/// Fills in period and, where the clock starts it, the next run; what never comes again is disabled. `zone`:
/// where the runs' wall clock is. `whose`: the user who wrote it, where it is neither the system's nor
/// root's.
void set_runs(model::Schedule& schedule, const std::vector<NextRun>& runs, const std::string& zone,
              LedgerHost& host, std::optional<std::uint32_t> whose = std::nullopt);

struct TimerLedger {
    std::vector<model::Schedule> schedules;
    std::vector<NextRun> anacron_starts; ///< when anacron.service is started by timers, in the host's zone
};
TimerLedger ledger_of_timers(LedgerHost& host);

/// Crontabs, anacrontab, and the scripts of the folders that lines of either run: which of them runs a folder
/// is told from all of them together.
std::vector<model::Schedule> ledger_of_cron(LedgerHost& host, const std::vector<NextRun>& anacron_starts);

std::vector<model::Schedule> ledger_of_at(LedgerHost& host);

} // namespace fwlearn::collector::host
