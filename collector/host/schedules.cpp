#include "collector/host/schedules.hpp"

#include "anacrontab.hpp"
#include "cron_files.hpp"
#include "small_files.hpp"
#include "timers.hpp"
#include "user_managers.hpp"

#include <algorithm>
#include <string>
#include <tuple>

namespace fwlearn::collector::host {
namespace {

namespace fs = std::filesystem;

std::vector<CronJob> read_jobs(const fs::path& root, settings::HostFiles& files) {
    std::vector<CronJob> jobs;
    const auto add = [&jobs](CronJob job) {
        if (jobs.size() < most_entries) {
            jobs.push_back(std::move(job));
        }
    };
    const model::ForeignText administrator("root");
    for (auto& file : crontab_files(root, files)) {
        for (auto& line : file.crontab.lines) {
            add(std::move(line.job));
        }
    }
    for (auto& job : read_anacrontab(files.read("/etc/anacrontab").value_or(std::string()))) {
        add({model::ForeignText("/etc/anacrontab"), job.line, administrator, 0U,
             model::ForeignText(std::move(job.command))});
    }
    for (const auto& folder : usual_script_folders()) {
        for (const auto& path : scripts_in(folder, files)) {
            add({model::ForeignText(path), 0, administrator, 0U, model::ForeignText(path)});
        }
    }
    std::sort(jobs.begin(), jobs.end(), [](const CronJob& one, const CronJob& other) {
        return std::tie(one.file, one.line) < std::tie(other.file, other.line);
    });
    return jobs;
}

} // namespace

model::ForeignText place_of(const model::ForeignText& file, std::uint32_t line) {
    return line == 0 ? file : model::ForeignText(file.raw_bytes() + ":" + std::to_string(line));
}

Schedules Schedules::read(const fs::path& root) {
    Schedules schedules;
    settings::HostFiles files(root);
    schedules.timers_ = by_unit(timers_in(UnitFiles(files, system_unit_folders())));
    schedules.timers_of_any_user_ = by_unit(timers_in(UnitFiles(files, common_user_unit_folders())));
    const auto accounts = Accounts::read(root);
    const PathWalk walk(root, accounts);
    for (const auto& manager : user_managers(root, files, walk)) {
        schedules.timers_of_users_[manager.uid] =
            by_unit(timers_in(UnitFiles(files, manager.folders, &walk)));
    }
    schedules.jobs_ = read_jobs(root, files);
    return schedules;
}

std::optional<model::ForeignText> Schedules::timer_of(const model::ForeignText& unit) const {
    return host::timer_of(timers_, unit);
}

std::optional<model::ForeignText> Schedules::timer_of(const model::ForeignText& unit,
                                                      std::uint32_t uid) const {
    const auto own = timers_of_users_.find(uid);
    return host::timer_of(own == timers_of_users_.end() ? timers_of_any_user_ : own->second, unit);
}

const CronJob* Schedules::job(const model::ForeignText& command, std::uint32_t uid) const {
    const CronJob* of_nobody = nullptr;
    for (const auto& job : jobs_) {
        if (job.command != command) {
            continue;
        }
        if (job.uid == uid) {
            return &job;
        }
        if (!job.uid && uid != 0 && of_nobody == nullptr) {
            of_nobody = &job;
        }
    }
    return of_nobody;
}

} // namespace fwlearn::collector::host
