#include "collector/host/schedules.hpp"

#include "collector/host/users.hpp"
#include "crontab.hpp"
#include "small_files.hpp"
#include "timers.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace fwlearn::collector::host {
namespace {

namespace fs = std::filesystem;

/// What cron (cron(8), Debian) and run-parts(8) take; everything else is an editor's leftover.
bool is_plain(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
               byte == '_' || byte == '-';
    });
}

void add_crontab(const fs::path& root, const std::string& path, std::optional<std::string> user,
                 std::vector<CronJob>& jobs) {
    for (auto& job :
         read_crontab(small_file(root / path.substr(1)).value_or(std::string()), model::ForeignText(path),
                      user ? std::optional(model::ForeignText(*user)) : std::nullopt)) {
        if (jobs.size() < most_entries) {
            jobs.push_back(std::move(job));
        }
    }
}

std::vector<CronJob> read_jobs(const fs::path& root) {
    std::vector<CronJob> jobs;
    add_crontab(root, "/etc/crontab", std::nullopt, jobs);
    for (const auto& name : names_in(root / "etc/cron.d")) {
        if (is_plain(name)) {
            add_crontab(root, "/etc/cron.d/" + name, std::nullopt, jobs);
        }
    }
    for (const auto* folder :
         {"/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly"}) {
        for (const auto& name : names_in(root / (folder + 1))) {
            if (is_plain(name) && jobs.size() < most_entries) {
                const auto path = std::string(folder) + "/" + name;
                jobs.push_back(
                    {model::ForeignText(path), 0, model::ForeignText("root"), {}, model::ForeignText(path)});
            }
        }
    }
    for (const auto& user : names_in(root / "var/spool/cron/crontabs")) {
        add_crontab(root, "/var/spool/cron/crontabs/" + user, user, jobs);
    }
    auto uids = uids_by_name(root);
    uids[model::ForeignText("root")] = 0;
    for (auto& job : jobs) {
        if (const auto found = uids.find(job.user); found != uids.end()) {
            job.uid = found->second;
        }
    }
    std::sort(jobs.begin(), jobs.end(), [](const CronJob& one, const CronJob& other) {
        return std::tie(one.file, one.line) < std::tie(other.file, other.line);
    });
    return jobs;
}

} // namespace

Schedules Schedules::read(const fs::path& root) {
    Schedules schedules;
    schedules.timers_ = read_timers(root);
    schedules.jobs_ = read_jobs(root);
    return schedules;
}

std::optional<model::ForeignText> Schedules::timer_of(const model::ForeignText& unit) const {
    if (const auto found = timers_.find(unit); found != timers_.end()) {
        return found->second;
    }
    // An instance is triggered by the same instance of the template's timer.
    const auto& name = unit.raw_bytes();
    const auto at = name.find('@');
    const auto dot = name.rfind('.');
    if (at == std::string::npos || dot == std::string::npos || dot < at) {
        return std::nullopt;
    }
    const auto found = timers_.find(model::ForeignText(name.substr(0, at + 1) + name.substr(dot)));
    constexpr std::string_view end = "@.timer";
    if (found == timers_.end() || !found->second.raw_bytes().ends_with(end)) {
        return std::nullopt;
    }
    const auto& timer = found->second.raw_bytes();
    return model::ForeignText(timer.substr(0, timer.size() - end.size() + 1) +
                              name.substr(at + 1, dot - at - 1) + ".timer");
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
