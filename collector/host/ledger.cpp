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

bool LedgerHost::take_look(std::optional<std::uint32_t> whose) {
    constexpr std::size_t most_of_user = 100;
    if (!whose) {
        return looks_left > 0 && looks_left-- > 0;
    }
    auto& taken = looks_of_user[*whose];
    if (taken >= most_of_user || looks_of_users_left == 0) {
        return false;
    }
    ++taken;
    --looks_of_users_left;
    return true;
}

void set_runs(model::Schedule& schedule, const std::vector<NextRun>& runs, const std::string& zone,
              LedgerHost& host, std::optional<std::uint32_t> whose) {
    if (runs.empty()) {
        return;
    }
    schedule.time_zone = model::ForeignText(zone);
    if (!host.take_look(whose)) {
        return;
    }
    const auto from = host.clocks.local(host.now, zone);
    schedule.period = longest_wait(runs, from);
    if (schedule.state != model::ScheduleState::enabled) {
        return;
    }
    if (const auto run = next_of(runs, from)) {
        schedule.next_run = host.clocks.instant(*run, zone);
    } else {
        schedule.state = model::ScheduleState::disabled;
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
