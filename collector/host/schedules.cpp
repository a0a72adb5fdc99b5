#include "collector/host/schedules.hpp"

#include "crontab.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <system_error>

namespace fwlearn::collector::host {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t largest_file = 1U << 20U;
constexpr std::size_t most_entries = 10'000;

std::string content(const fs::path& path) {
    std::error_code error;
    if (!fs::is_regular_file(path, error) || fs::file_size(path, error) > largest_file || error) {
        return {};
    }
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Names in a folder, in order; none where it cannot be read.
std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end;
         !error && entry != end && names.size() < most_entries; entry.increment(error)) {
        names.push_back(entry->path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// What cron (cron(8), Debian) and run-parts(8) take; everything else is an editor's leftover.
bool is_plain(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
               byte == '_' || byte == '-';
    });
}

void add_crontab(const fs::path& root, const std::string& path, std::optional<std::string> user,
                 std::vector<CronJob>& jobs) {
    for (auto& job : read_crontab(content(root / path.substr(1)), model::ForeignText(path),
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
                    {model::ForeignText(path), 0, model::ForeignText("root"), model::ForeignText(path)});
            }
        }
    }
    for (const auto& user : names_in(root / "var/spool/cron/crontabs")) {
        add_crontab(root, "/var/spool/cron/crontabs/" + user, user, jobs);
    }
    std::sort(jobs.begin(), jobs.end(), [](const CronJob& one, const CronJob& other) {
        return std::tie(one.file, one.line) < std::tie(other.file, other.line);
    });
    return jobs;
}

/// The last Unit= in a [Timer] section, if there is one; an empty value takes it back.
std::optional<std::string> unit_in(const std::string& text, std::optional<std::string> before) {
    std::string section;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const auto end = std::min(text.find('\n', begin), text.size());
        std::string_view line = std::string_view(text).substr(begin, end - begin);
        begin = end + 1;
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
        if (line.starts_with('[')) {
            section = line;
        } else if (section == "[Timer]" && line.starts_with("Unit")) {
            const auto equals = line.find('=');
            if (equals == std::string_view::npos ||
                line.substr(4, equals - 4).find_first_not_of(" \t") != std::string_view::npos) {
                continue;
            }
            auto value = line.substr(equals + 1);
            value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
            before = value.empty() ? std::nullopt : std::optional<std::string>(value);
        }
    }
    return before;
}

/// Where systemd looks for units, what it finds first counting (systemd.unit(5)).
constexpr std::array<const char*, 9> unit_folders{
    "etc/systemd/system.control", "run/systemd/transient", "etc/systemd/system",
    "run/systemd/system",         "run/systemd/generator", "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",     "lib/systemd/system",    "run/systemd/generator.late"};

std::map<model::ForeignText, model::ForeignText> read_timers(const fs::path& root) {
    constexpr std::string_view suffix = ".timer";
    std::map<std::string, std::optional<std::string>> unit_of_timer;
    for (const auto* folder : unit_folders) {
        for (const auto& name : names_in(root / folder)) {
            if (!name.ends_with(suffix) || unit_of_timer.contains(name)) {
                continue;
            }
            std::error_code error;
            const auto path = root / folder / name;
            if (fs::is_symlink(path, error) && fs::read_symlink(path, error) == "/dev/null") {
                unit_of_timer[name] = std::string(); // masked
                continue;
            }
            unit_of_timer[name] = unit_in(content(path), std::nullopt);
        }
    }
    for (const auto* folder : unit_folders) {
        for (auto& [name, unit] : unit_of_timer) {
            for (const auto& drop_in : names_in(root / folder / (name + ".d"))) {
                if (drop_in.ends_with(".conf") && unit != std::string()) {
                    unit = unit_in(content(root / folder / (name + ".d") / drop_in), unit);
                }
            }
        }
    }
    std::map<model::ForeignText, model::ForeignText> timers;
    for (const auto& [name, unit] : unit_of_timer) {
        if (unit != std::string()) {
            const auto same_name = name.substr(0, name.size() - suffix.size()) + ".service";
            timers.try_emplace(model::ForeignText(unit.value_or(same_name)), model::ForeignText(name));
        }
    }
    return timers;
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
    constexpr std::string_view service = ".service";
    if (at == std::string::npos || !name.ends_with(service)) {
        return std::nullopt;
    }
    const auto found = timers_.find(model::ForeignText(name.substr(0, at + 1) + std::string(service)));
    const auto template_timer = name.substr(0, at + 1) + ".timer";
    if (found == timers_.end() || found->second.raw_bytes() != template_timer) {
        return std::nullopt;
    }
    return model::ForeignText(name.substr(0, name.size() - service.size()) + ".timer");
}

const CronJob* Schedules::job(const model::ForeignText& command, const model::ForeignText& user) const {
    const auto found = std::find_if(jobs_.begin(), jobs_.end(), [&](const CronJob& job) {
        return job.command == command && (user.empty() || job.user == user);
    });
    return found == jobs_.end() ? nullptr : &*found;
}

} // namespace fwlearn::collector::host
