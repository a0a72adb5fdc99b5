#include "ledger_run_parts.hpp"

#include "collector/host/schedules.hpp"
#include "cron_files.hpp"
#include "run_parts.hpp"
#include "small_files.hpp"

namespace fwlearn::collector::host {

ScriptFolders::ScriptFolders(LedgerHost& host) : host_(host) {
    for (const auto& folder : usual_script_folders()) {
        folders_[{folder, std::string()}] = std::nullopt;
    }
}

bool ScriptFolders::take(const model::Schedule& line, const std::string& command) {
    const auto runs = run_parts_in(command);
    if (!runs) {
        return false;
    }
    constexpr std::size_t most_folders = 256;
    const auto known = folders_.find({runs->folder, runs->names});
    if (known == folders_.end() && folders_.size() >= most_folders) {
        return false;
    }
    auto& by = folders_[{runs->folder, runs->names}];
    const bool stands_back = !runs->unless.empty() && host_.files.exists(runs->unless);
    if (!stands_back && (!by || by->state == model::ScheduleState::disabled)) {
        by = line;
    }
    return runs->alone;
}

std::vector<model::Schedule> ScriptFolders::scripts() const {
    std::vector<model::Schedule> schedules;
    for (const auto& [which, line] : folders_) {
        const auto& [folder, names] = which;
        for (const auto& path : scripts_in(folder, host_.files, names)) {
            const auto facts = host_.files.facts(path);
            if (!facts || !facts->regular || schedules.size() >= most_entries) {
                continue;
            }
            auto schedule = line.value_or(model::Schedule());
            schedule.kind = model::ScheduleKind::run_parts;
            schedule.task = {model::TaskKind::cron, named_with_owner(model::ForeignText(path), schedule.uid)};
            schedule.file = schedule.command = model::ForeignText(path);
            constexpr std::uint32_t executable = 0111;
            if (!line || (facts->mode & executable) == 0) {
                schedule.state = model::ScheduleState::disabled;
                schedule.next_run.reset();
            }
            schedules.push_back(std::move(schedule));
        }
    }
    return schedules;
}

} // namespace fwlearn::collector::host
