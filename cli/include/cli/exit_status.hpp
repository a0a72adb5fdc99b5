// fwlearn's exit statuses, for scripts: documented in fwlearn(1). Returned by every verb.
#pragma once

namespace fwlearn::cli {

enum ExitStatus : int {
    done = 0,     ///< and nothing to report
    findings = 1, ///< there is something to look at, as with grep and diff
    failed = 2,   ///< usage or run-time error; one line on stderr says what, why and what to do
};

} // namespace fwlearn::cli
