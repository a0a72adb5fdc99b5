// The lines of one crontab(5) as jobs. Knows no files. Used by the schedules.
#pragma once

#include "collector/host/schedules.hpp"

namespace fwlearn::collector::host {

/// `user`: whose crontab it is; without one, it is a system crontab, which names the user in each line. Lines
/// that are no jobs (variables, comments, mistakes) are passed over.
std::vector<CronJob> read_crontab(const std::string& text, const model::ForeignText& file,
                                  const std::optional<model::ForeignText>& user);

} // namespace fwlearn::collector::host
