// Whether a job's command is one that only runs the scripts of a folder by run-parts(8), and which folder.
// Pure. Used by the ledger.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fwlearn::collector::host {

struct RunParts {
    std::string folder;
    /// Which of its scripts, an extended regular expression (regex(7)): --regex, --lsbsysinit; empty: those
    /// with a plain name (is_plain_name()).
    std::string names;
    /// What has to be missing for it to run them: `test -x /usr/sbin/anacron || ...`; empty where nothing
    /// has.
    std::string unless;
    /// Nothing else is in the command but what gets it there (cd, test), so that it is no job of its own.
    bool alone = true;
};

/// Nothing where it runs no folder's scripts.
std::optional<RunParts> run_parts_in(std::string_view command);

} // namespace fwlearn::collector::host
