// Jobs that at(1) has waiting, as schedules.
#include "at_job.hpp"
#include "collector/process/redact.hpp"
#include "ledger_sources.hpp"
#include "small_files.hpp"

namespace fwlearn::collector::host {

std::vector<model::Schedule> ledger_of_at(LedgerHost& host) {
    const std::string spool = "/var/spool/cron/atjobs";
    const bool runs = host.has_one_of({"/usr/sbin/atd"});
    std::vector<model::Schedule> schedules;
    for (const auto& name : host.files.names(spool)) {
        const auto path = std::string(spool).append("/").append(name);
        const auto job = at_job(name);
        const auto facts = job ? host.files.facts(path) : std::nullopt;
        constexpr std::uint32_t executable = 0100; // at sets it when the job is complete, and atd asks for it
        if (!facts || !facts->regular || (facts->mode & executable) == 0 ||
            schedules.size() >= most_entries) {
            continue;
        }
        model::Schedule schedule;
        schedule.kind = model::ScheduleKind::at;
        schedule.state = runs ? model::ScheduleState::enabled : model::ScheduleState::disabled;
        schedule.task = {model::TaskKind::cron,
                         model::ForeignText("at job of uid " + std::to_string(facts->uid))};
        schedule.file = model::ForeignText(path);
        schedule.command = process::redacted_command_line(
            {model::ForeignText(at_command(host.files.read(path).value_or(std::string())))});
        schedule.when = model::ForeignText(model::to_rfc3339(job->due).substr(0, 16) + "Z");
        schedule.time_zone = model::ForeignText("UTC");
        schedule.uid = facts->uid;
        // One that is due and still there waits for the load to fall (queue b, large letters), or for atd.
        if (runs && job->due > host.now) {
            schedule.next_run = job->due;
        }
        schedules.push_back(std::move(schedule));
    }
    return schedules;
}

} // namespace fwlearn::collector::host
