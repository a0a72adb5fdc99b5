// The lines of one crontab(5) as jobs. Knows no files. Used by the readers of crontabs.
#pragma once

#include "collector/host/schedules.hpp"

#include <chrono>
#include <map>
#include <string>

namespace fwlearn::collector::host {

/// Two programs that read the same files, each in a way of its own: Debian's cron 3.0pl1, and cronie.
enum class CronProgram { debian, cronie };

struct CrontabLine {
    CronJob job;
    std::string when;     ///< the five fields or the @word, one blank between them
    std::string zone;     ///< what CRON_TZ= says above it; empty where nothing does
    std::string earliest; ///< `when` for CronExpression: of what cronie chooses by chance ("6~15") the first
    std::chrono::seconds chance{0}; ///< how much later than that it may be
    bool taken = true;              ///< false: cronie passes over this line for a mistake in it
};

struct Crontab {
    std::vector<CrontabLine> lines;
    /// Whether cron passes over the whole of it: one line that is no job and no variable is enough, and a
    /// last line without an end (load_user() of Debian's cron 3.0pl1-162). Never of cronie's, which passes
    /// over the one line (load_user() in user.c of cronie).
    bool refused = false;
};

/// `user`: whose crontab it is; without one, it is a system crontab, which names the user in each line. Lines
/// that are no jobs (variables, comments, and mistakes that not even a schedule begins) are passed over.
Crontab read_crontab(const std::string& text, const model::ForeignText& file,
                     const std::optional<model::ForeignText>& user,
                     CronProgram program = CronProgram::debian);

} // namespace fwlearn::collector::host
