// What the host runs by the clock: systemd timers with the units that they trigger, and the jobs of crontabs
// with the file and line of each. Read from files below a root; needs neither systemd nor cron to run.
// Read by the observer, joined with processes by the task rules.
#pragma once

#include <model/foreign_text.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace fwlearn::collector::host {

/// One line of a crontab(5) or anacrontab(5), or a script in a directory that run-parts(8) runs.
struct CronJob {
    model::ForeignText file; ///< /etc/crontab, /etc/cron.d/NAME, /var/spool/cron/crontabs/USER, a script
    std::uint32_t line = 0;  ///< 0 for a script
    model::ForeignText user; ///< who it runs as
    std::optional<std::uint32_t> uid{}; ///< the same; absent where passwd(5) does not have him
    model::ForeignText command; ///< as cron gives it to the shell: up to the first bare %, \% unescaped
    bool operator==(const CronJob&) const = default;
};

/// By what the runs of a job are named: its file, and of a line of that the line: "/etc/crontab:17".
model::ForeignText place_of(const model::ForeignText& file, std::uint32_t line);
/// ... and those that are named by what they run, and not by where it is written: "/opt/jobs/x (uid 1000)",
/// root's without that. Otherwise anybody with a crontab could give his runs the name of another's.
model::ForeignText named_with_owner(const model::ForeignText& name, std::optional<std::uint32_t> uid);

class Schedules {
  public:
    Schedules() = default;
    /// What is there now. Files that cannot be read or understood count as not there.
    static Schedules read(const std::filesystem::path& root);

    /// The timer that triggers a service (systemd.timer(5): Unit=, or the same name); of several one that is
    /// started, else alphabetically the first.
    [[nodiscard]] std::optional<model::ForeignText> timer_of(const model::ForeignText& unit) const;
    /// The same of a unit of this user's manager.
    [[nodiscard]] std::optional<model::ForeignText> timer_of(const model::ForeignText& unit,
                                                             std::uint32_t uid) const;
    /// The job that a shell of this user was given as `command`. Where several lines say the same, the first
    /// in the order of files and lines; a line of a user without a number (LDAP) counts for all but root who
    /// have none.
    [[nodiscard]] const CronJob* job(const model::ForeignText& command, std::uint32_t uid) const;
    /// The same where the shell has become what it was to run: the one whose only command these are the words
    /// of, quotes taken off. What a shell would have expanded is none's.
    [[nodiscard]] const CronJob* job_of_words(std::span<const model::ForeignText> words,
                                              std::uint32_t uid) const;
    [[nodiscard]] const std::vector<CronJob>& jobs() const { return jobs_; }

  private:
    template <typename IsIt>
    [[nodiscard]] const CronJob* first_job(std::uint32_t uid, const IsIt& is_it) const;

    std::map<model::ForeignText, model::ForeignText> timers_; ///< service -> timer
    std::map<std::uint32_t, std::map<model::ForeignText, model::ForeignText>> timers_of_users_;
    std::map<model::ForeignText, model::ForeignText> timers_of_any_user_; ///< of whoever is not among these
    std::vector<CronJob> jobs_;                                           ///< by file, line
};

} // namespace fwlearn::collector::host
