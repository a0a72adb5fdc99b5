#include "collector/host/ledger.hpp"

#include "ledger_sources.hpp"
#include "small_files.hpp"

#include <algorithm>
#include <iterator>

namespace fwlearn::collector::host {

bool LedgerHost::has_one_of(std::initializer_list<const char*> paths) const {
    return std::any_of(paths.begin(), paths.end(), [this](const char* path) { return files.exists(path); }) ||
           !(files.exists("/bin/sh") || files.exists("/usr/bin/sh"));
}

std::optional<model::Timestamp> LedgerHost::past(model::Timestamp time) const {
    return time <= now ? std::optional(time) : std::nullopt;
}

void set_runs(model::Schedule& schedule, const std::vector<NextRun>& runs, const std::string& zone,
              LedgerHost& host) {
    if (runs.empty()) {
        return;
    }
    schedule.time_zone = model::ForeignText(zone);
    if (host.looks_left == 0) {
        return;
    }
    --host.looks_left;
    const auto from = host.clocks.local(host.now, zone);
    schedule.period = longest_wait(runs, from);
    if (schedule.state != model::ScheduleState::enabled) {
        return;
    }
    if (const auto run = next_of(runs, from)) {
        schedule.next_run = host.clocks.instant(*run, zone);
    }
}

std::vector<model::Schedule> read_ledger(const std::filesystem::path& root, model::Timestamp now) {
    settings::HostFiles files(root);
    WallClocks clocks(files);
    LedgerHost host{root, files, clocks, now};
    auto timers = ledger_of_timers(host);
    auto ledger = std::move(timers.schedules);
    auto of_cron = ledger_of_cron(host, timers.anacron_starts);
    auto of_at = ledger_of_at(host);
    std::move(of_cron.begin(), of_cron.end(), std::back_inserter(ledger));
    std::move(of_at.begin(), of_at.end(), std::back_inserter(ledger));
    std::sort(ledger.begin(), ledger.end());
    ledger.erase(std::unique(ledger.begin(), ledger.end()), ledger.end());
    return ledger;
}

} // namespace fwlearn::collector::host
