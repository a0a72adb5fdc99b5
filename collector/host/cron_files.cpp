#include "cron_files.hpp"

#include "collector/host/users.hpp"
#include "small_files.hpp"

#include <model/ascii.hpp>

#include <regex.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace fwlearn::collector::host {
namespace {

/// Debian's, of its cron and of its cronie; and cronie's own, beside which that is a folder.
constexpr std::array<std::string_view, 2> users_crontabs{"/var/spool/cron/crontabs/", "/var/spool/cron/"};

std::optional<CrontabFile> read_file(settings::HostFiles& files, const std::string& path,
                                     const std::optional<model::ForeignText>& user, CronProgram program) {
    const auto text = files.read(path);
    const auto facts = files.facts(path);
    if (!text || !facts) {
        return std::nullopt;
    }
    constexpr std::uint32_t of_others = 022;
    const model::ForeignText file(path);
    return CrontabFile{file, read_crontab(*text, file, user, program), (facts->mode & of_others) != 0};
}

/// not_a_crontab() in database.c of cronie, the other way round.
bool is_crontab_to_cronie(std::string_view name) {
    return !name.empty() && name.front() != '.' && name.front() != '#' && !name.ends_with('~') &&
           !name.ends_with(".rpmsave") && !name.ends_with(".rpmorig") && !name.ends_with(".rpmnew");
}

/// run-parts' own (debianutils' run-parts.c).
class NamePattern {
  public:
    explicit NamePattern(const std::string& text)
        : understood_(!text.empty() && regcomp(&pattern_, text.c_str(), REG_EXTENDED | REG_NOSUB) == 0) {}
    ~NamePattern() {
        if (understood_) {
            regfree(&pattern_);
        }
    }
    NamePattern(const NamePattern&) = delete;
    NamePattern& operator=(const NamePattern&) = delete;

    [[nodiscard]] bool has(const std::string& name) const {
        return understood_ && regexec(&pattern_, name.c_str(), 0, nullptr, 0) == 0;
    }

  private:
    regex_t pattern_{};
    bool understood_;
};

} // namespace

bool is_plain_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char byte) {
        return model::is_letter_or_digit(byte) || byte == '_' || byte == '-';
    });
}

CronProgram cron_program(const settings::HostFiles& files) {
    return files.exists("/usr/sbin/crond") && !files.exists("/usr/sbin/cron") ? CronProgram::cronie
                                                                              : CronProgram::debian;
}

std::vector<CrontabFile> crontab_files(const std::filesystem::path& root, settings::HostFiles& files) {
    std::vector<CrontabFile> found;
    const auto program = cron_program(files);
    const bool is_cronie = program == CronProgram::cronie;
    const auto is_crontab = is_cronie ? is_crontab_to_cronie : is_plain_name;
    const auto add = [&](const std::string& path, const std::optional<model::ForeignText>& user) {
        if (auto file = read_file(files, path, user, program)) {
            found.push_back(std::move(*file));
        }
    };
    add("/etc/crontab", std::nullopt);
    for (const auto& name : files.names("/etc/cron.d")) {
        if (is_crontab(name)) {
            add("/etc/cron.d/" + name, std::nullopt);
        }
    }
    for (const auto& folder : std::span(users_crontabs).first(is_cronie ? 2 : 1)) {
        auto users = files.names(std::string(folder));
        std::stable_partition(users.begin(), users.end(), [](const auto& user) { return user == "root"; });
        for (const auto& user : users) {
            settings::HostFiles own(root, most_bytes_of_user);
            if (is_cronie && !is_crontab_to_cronie(user)) {
                continue;
            }
            if (auto file = read_file(own, std::string(folder) + user, model::ForeignText(user), program)) {
                file->of_user = user != "root";
                found.push_back(std::move(*file));
            }
        }
    }
    auto uids = uids_by_name(root);
    uids[model::ForeignText("root")] = 0;
    std::size_t room = most_entries;
    for (auto& file : found) {
        auto& lines = file.crontab.lines;
        lines.resize(std::min({lines.size(), room, file.of_user ? most_entries / 8 : most_entries}));
        room -= lines.size();
        for (auto& line : lines) {
            if (const auto uid = uids.find(line.job.user); uid != uids.end()) {
                line.job.uid = uid->second;
            }
        }
    }
    return found;
}

std::vector<std::string> usual_script_folders() {
    return {"/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly",
            "/etc/cron.yearly"};
}

std::vector<std::string> scripts_in(const std::string& folder, const settings::HostFiles& files,
                                    const std::string& names) {
    std::vector<std::string> scripts;
    const NamePattern pattern(names);
    for (const auto& name : files.names(folder)) {
        if (names.empty() ? is_plain_name(name) : pattern.has(name)) {
            scripts.push_back(std::string(folder).append("/").append(name));
        }
    }
    return scripts;
}

} // namespace fwlearn::collector::host
