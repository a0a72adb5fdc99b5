// The lines of anacrontab(5) as schedules. Private to the ledger.
#pragma once

#include "collector/host/schedules.hpp"
#include "ledger_sources.hpp"

namespace fwlearn::collector::host {

struct AnacronSchedule {
    model::Schedule schedule;
    CronJob job; ///< as its runs are named by
};

/// `starts`: when anacron is started, in the host's zone. The next run is at the first start on the day from
/// which the job is due, or on that day's first hour where nothing is known to start it.
std::vector<AnacronSchedule> ledger_of_anacron(LedgerHost& host, const std::vector<NextRun>& starts);

} // namespace fwlearn::collector::host
