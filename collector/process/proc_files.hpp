// What /proc tells of a process that is still there: the second best source, and the only one for arguments
// of processes that are older than the collector. Every answer is checked against the process's start. Used
// by the sources.
#pragma once

#include "collector/process/lineage.hpp"

#include <optional>

namespace fwlearn::collector::process {

/// The first bytes of /proc/PID/cmdline, one more than are kept where there are more; empty where there is
/// none.
std::string arguments_in_proc(std::uint32_t pid);

/// The process that has this pid now, with executable, arguments, user and start (to the clock tick, 10 ms);
/// nothing when it is gone, or when it did not start at `started`.
std::optional<Program> program_in_proc(std::uint32_t pid, std::uint64_t started);

/// The process with all that /proc tells of it and of its ancestors.
std::optional<Lineage> lineage_in_proc(std::uint32_t pid);

/// The short name of one thread; empty when it is gone.
std::string comm_in_proc(std::uint32_t pid, std::uint32_t thread);

/// Pids in /proc are this process's: it is mounted for the same pid namespace.
bool proc_is_ours();
/// And that is the initial one, in which the kernel's own records count.
bool pids_are_global();

} // namespace fwlearn::collector::process
