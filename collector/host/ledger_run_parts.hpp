// The scripts in folders that run-parts(8) runs, as schedules: their times are those of the line, of a
// crontab or of anacrontab, that runs the folder; that line itself is then none. Private to the ledger.
#pragma once

#include "ledger_sources.hpp"

#include <map>

namespace fwlearn::collector::host {

class ScriptFolders {
  public:
    explicit ScriptFolders(LedgerHost& host);

    /// Whether the line does nothing but run a folder's scripts. Of several lines that run a folder the first
    /// that is not disabled gives the times. One that something else stands in for (Debian's `test -x
    /// /usr/sbin/anacron ||`) gives none.
    bool take(const model::Schedule& line, const std::string& command);
    /// Of the folders that lines run, and of the usual ones. Where no line runs the folder, or nobody may
    /// execute the script, it is disabled.
    [[nodiscard]] std::vector<model::Schedule> scripts() const;

  private:
    LedgerHost& host_;
    /// Folder, and which names as RunParts has them -> the line that runs them.
    std::map<std::pair<std::string, std::string>, std::optional<model::Schedule>> folders_;
};

} // namespace fwlearn::collector::host
