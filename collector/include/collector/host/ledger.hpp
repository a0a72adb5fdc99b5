// The ledger: what the host runs by the clock, whoever wrote it down: systemd's timers and those of users'
// managers, crontabs, the directories of run-parts(8), anacron, at. Read from files below a root; needs none
// of the programs to run, and asks none of them.
// Must not know what was observed. Called by the observer every few minutes; root and time are parameters.
#pragma once

#include <model/schedule.hpp>
#include <model/time.hpp>

#include <filesystem>
#include <vector>

namespace fwlearn::collector::host {

/// What the host runs by the clock, from files below a root; ascending, none twice. Never throws for what it
/// finds there.
std::vector<model::Schedule> read_ledger(const std::filesystem::path& root, model::Timestamp now);

} // namespace fwlearn::collector::host
