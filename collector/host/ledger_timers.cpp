// systemd's timers and those of users' managers as schedules.
#include "collector/host/users.hpp"
#include "collector/process/redact.hpp"
#include "ledger_sources.hpp"
#include "small_files.hpp"
#include "timer_times.hpp"
#include "user_managers.hpp"

#include <model/number.hpp>

#include <algorithm>

namespace fwlearn::collector::host {
namespace {

using model::ForeignText;
using model::ScheduleState;

/// Whose timers they are.
struct Manager {
    std::optional<std::uint32_t> uid; ///< of a user's
    bool starts_at_boot = true;       ///< or with its user's login
    std::string stamps;               ///< the folder of persistent timers' stamps
};

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) {
        text.append(text.empty() ? "" : "; ").append(part);
    }
    return text;
}

/// The first ExecStart= after an empty one, without the characters that only say how it is run (SPECIAL
/// EXECUTABLE PREFIXES of systemd.service(5)).
ForeignText command_of(const Unit& service) {
    std::string first;
    for (const auto& [key, value] : service.section("Service")) {
        if (key == "ExecStart") {
            first = value.empty() ? std::string() : first.empty() ? value : first;
        }
    }
    first.erase(0, std::min(first.find_first_not_of("@-:+!| "), first.size()));
    return process::redacted_command_line({ForeignText(with_specifiers(first, service.name))});
}

/// User= of the system's services; root's where there is none.
std::optional<std::uint32_t> user_of(const Unit& service, const std::map<ForeignText, std::uint32_t>& uids) {
    const auto name = with_specifiers(service.value("Service", "User"), service.name);
    if (name.empty()) {
        const auto dynamic = service.value("Service", "DynamicUser");
        const bool is_dynamic = dynamic == "yes" || dynamic == "true" || dynamic == "on" || dynamic == "1";
        return is_dynamic ? std::nullopt : std::optional(0U);
    }
    if (const auto number = model::parse_integer<std::uint32_t>(name)) {
        return number;
    }
    const auto found = uids.find(ForeignText(name));
    return found != uids.end() ? std::optional(found->second)
           : name == "root"    ? std::optional(0U)
                               : std::nullopt;
}

std::vector<NextRun> runs_of(const TimerTimes& times, const std::string& zone, LedgerHost& host) {
    std::vector<NextRun> runs;
    for (const auto& calendar : times.calendar) {
        runs.push_back(host.clocks.seen_from(zone, std::string(calendar.time_zone()),
                                             [calendar](LocalSecond after) { return calendar.next(after); }));
    }
    return runs;
}

/// The host's, unless each of the expressions names one itself.
std::string zone_of(const TimerTimes& times, LedgerHost& host) {
    std::string zone;
    for (const auto& calendar : times.calendar) {
        if (calendar.time_zone().empty()) {
            return host.clocks.host_zone();
        }
        zone = zone.empty() ? std::string(calendar.time_zone()) : zone;
    }
    return zone;
}

ScheduleState state_of(const Timer& timer, const TimerTimes& times, const Manager& manager) {
    if (!timer.started || timer.file.masked || !times.any()) {
        return ScheduleState::disabled;
    }
    const bool by_clock = !times.calendar.empty() || times.after_run;
    return by_clock && manager.starts_at_boot ? ScheduleState::enabled : ScheduleState::at_boot;
}

class TimerReader {
  public:
    TimerReader(LedgerHost& host, const UnitFiles& units, Manager manager)
        : host_(host), units_(units), manager_(std::move(manager)), timers_(timers_in(units)),
          names_(by_unit(timers_)), uids_(uids_by_name(host.root)) {}

    void read(TimerLedger& ledger) {
        const std::size_t most = manager_.uid ? most_entries / 8 : most_entries;
        std::size_t count = 0;
        for (const auto& timer : timers_) {
            const bool is_template = parts_of_unit(timer.file.name).instance.empty() &&
                                     timer.file.name.find('@') != std::string::npos;
            if (!is_template && count++ < most) {
                ledger.schedules.push_back(schedule_of(timer, ledger));
            }
        }
    }

  private:
    [[nodiscard]] model::Schedule schedule_of(const Timer& timer, TimerLedger& ledger) const {
        const auto of_user = manager_.uid ? " (uid " + std::to_string(*manager_.uid) + ")" : std::string();
        const auto times = times_of(timer.file);
        model::Schedule schedule;
        schedule.kind = manager_.uid ? model::ScheduleKind::user_timer : model::ScheduleKind::timer;
        // Of several timers of a unit its runs have one's name.
        const auto name = host::timer_of(names_, ForeignText(timer.unit));
        const auto task = timer.file.masked || !name ? timer.file.name : name->raw_bytes();
        schedule.task = {model::TaskKind::timer, ForeignText(task + of_user)};
        schedule.state = state_of(timer, times, manager_);
        schedule.file = ForeignText(timer.file.path);
        schedule.when = ForeignText(joined(times.when));
        schedule.delay = times.any() ? times.delay : std::chrono::seconds(0);
        schedule.uid = manager_.uid;
        auto service = units_.load(timer.unit);
        if (service && !service->masked && timer.unit.ends_with(".service")) {
            service->name = timer.unit;
            schedule.command = command_of(*service);
            schedule.uid = manager_.uid ? manager_.uid : user_of(*service, uids_);
        }
        const auto zone = zone_of(times, host_);
        const auto runs = runs_of(times, zone, host_);
        set_runs(schedule, runs, zone, host_, manager_.uid);
        if (times.after_run) {
            schedule.state =
                state_of(timer, times, manager_); // also where no date of its calendar comes any more
            schedule.period = std::min(schedule.period.value_or(*times.after_run), *times.after_run);
        }
        if (const auto stamp = host_.files.facts(manager_.stamps + "/stamp-" + timer.file.name)) {
            schedule.last_run = host_.past(stamp->changed);
        }
        if (!manager_.uid && timer.unit == "anacron.service" && schedule.state == ScheduleState::enabled) {
            const auto seen = runs_of(times, host_.clocks.host_zone(), host_);
            ledger.anacron_starts.insert(ledger.anacron_starts.end(), seen.begin(), seen.end());
        }
        return schedule;
    }

    LedgerHost& host_;
    const UnitFiles& units_;
    Manager manager_;
    std::vector<Timer> timers_;
    TimersByUnit names_;
    std::map<ForeignText, std::uint32_t> uids_;
};

} // namespace

TimerLedger ledger_of_timers(LedgerHost& host) {
    TimerLedger ledger;
    const UnitFiles of_system(host.files, system_unit_folders());
    TimerReader(host, of_system, {std::nullopt, true, "/var/lib/systemd/timers"}).read(ledger);
    const auto accounts = Accounts::read(host.root);
    const PathWalk walk(host.root, accounts);
    for (const auto& manager : user_managers(host.root, host.files, walk)) {
        settings::HostFiles own(host.root, most_bytes_of_user);
        const UnitFiles units(own, manager.folders, &walk);
        TimerReader(host, units, {manager.uid, manager.lingers, manager.data + "/timers"}).read(ledger);
    }
    return ledger;
}

} // namespace fwlearn::collector::host
