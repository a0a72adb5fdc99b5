// The lines of one crontab(5) as jobs. Knows no files. Used by the readers of crontabs.
#pragma once

#include "collector/host/schedules.hpp"

#include <map>

namespace fwlearn::collector::host {

struct CrontabLine {
    CronJob job;
    std::string when; ///< the five fields or the @word, one blank between them
    std::string zone; ///< what CRON_TZ= says above it; empty where nothing does
};

struct Crontab {
    std::vector<CrontabLine> lines;
    /// Whether cron passes over the whole of it: one line that is no job and no variable is enough, and a
    /// last line without an end (load_user() of Debian's cron 3.0pl1-162).
    bool refused = false;
};

/// `user`: whose crontab it is; without one, it is a system crontab, which names the user in each line. Lines
/// that are no jobs (variables, comments, and mistakes that not even a schedule begins) are passed over.
Crontab read_crontab(const std::string& text, const model::ForeignText& file,
                     const std::optional<model::ForeignText>& user);

} // namespace fwlearn::collector::host
