// The files that cron and anacron read, and the scripts that their run-parts(8) finds: which there are, whose
// they are, and whether cron takes them. Used by the schedules, which name runs, and by the ledger.
#pragma once

#include "crontab.hpp"
#include "settings/host_files.hpp"

#include <filesystem>

namespace fwlearn::collector::host {

/// What cron (cron(8), Debian) and run-parts(8) take; everything else is an editor's leftover.
bool is_plain_name(std::string_view name);

struct CrontabFile {
    model::ForeignText path;
    Crontab crontab;
    /// Whether group or others may write to it, which cron refuses (INSECURE MODE in its log).
    bool insecure = false;
    bool of_user = false; ///< written by a user, who is not root
};

/// Whose rules the files are read by: cronie's where only that is there.
CronProgram cron_program(const settings::HostFiles& files);

/// /etc/crontab, those of cron.d in order of their names, root's own, and those of users; uids by passwd(5).
/// At most `most_entries` lines together, an eighth of that of a user.
std::vector<CrontabFile> crontab_files(const std::filesystem::path& root, settings::HostFiles& files);

/// The folders whose scripts Debian's /etc/crontab runs: /etc/cron.hourly and its kin.
std::vector<std::string> usual_script_folders();

/// Paths of scripts in a folder: with a plain name, or with one that this extended regular expression
/// (regex(7)) has; none where it is none.
std::vector<std::string> scripts_in(const std::string& folder, const settings::HostFiles& files,
                                    const std::string& names = {});

} // namespace fwlearn::collector::host
