#include "collector/host/schedules.hpp"

#include "../process/shell_words.hpp"
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
        jobs.push_back(std::move(job));
    }; // each source has its own bound
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

model::ForeignText named_with_owner(const model::ForeignText& name, std::optional<std::uint32_t> uid) {
    return uid.value_or(0) == 0
               ? name
               : model::ForeignText(name.raw_bytes() + " (uid " + std::to_string(*uid) + ")");
}

Schedules Schedules::read(const fs::path& root) {
    Schedules schedules;
    settings::HostFiles files(root); // of what the system's own files say; users have theirs each
    schedules.timers_ = by_unit(timers_in(UnitFiles(files, system_unit_folders())));
    schedules.timers_of_any_user_ = by_unit(timers_in(UnitFiles(files, common_user_unit_folders())));
    const auto accounts = Accounts::read(root);
    const PathWalk walk(root, accounts);
    for (const auto& manager : user_managers(root, files, walk)) {
        settings::HostFiles own(root, most_bytes_of_user);
        schedules.timers_of_users_[manager.uid] = by_unit(timers_in(UnitFiles(own, manager.folders, &walk)));
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

template <typename IsIt>
const CronJob* Schedules::first_job(std::uint32_t uid, const IsIt& is_it) const {
    const CronJob* of_nobody = nullptr;
    for (const auto& job : jobs_) {
        const bool may_be_his = job.uid == uid || (!job.uid && uid != 0 && of_nobody == nullptr);
        if (!may_be_his || !is_it(job)) {
            continue;
        }
        if (job.uid == uid) {
            return &job;
        }
        of_nobody = &job;
    }
    return of_nobody;
}

const CronJob* Schedules::job(const model::ForeignText& command, std::uint32_t uid) const {
    return first_job(uid, [&command](const CronJob& job) { return job.command == command; });
}

const CronJob* Schedules::job_of_words(std::span<const model::ForeignText> words, std::uint32_t uid) const {
    return first_job(uid, [words](const CronJob& job) {
        std::string_view rest = job.command.raw_bytes();
        auto word = words.begin();
        while (const auto piece = process::next_piece(rest)) {
            if (piece->ends_command) {
                return false;
            }
            if (piece->word && (word == words.end() || word++->raw_bytes() != piece->plain)) {
                return false;
            }
        }
        return word == words.end();
    });
}

} // namespace fwlearn::collector::host
