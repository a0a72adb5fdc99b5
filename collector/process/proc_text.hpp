// What the files of a process in /proc say, as text: a process chooses its short name, and with it bytes of
// its own in the midst of them. Pure. Used by proc_files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fwlearn::collector::process {

struct ProcStat {
    std::string comm; ///< any bytes
    std::uint32_t parent = 0;
    std::uint64_t started = 0; ///< clock ticks since boot

    bool operator==(const ProcStat&) const = default;
};

/// proc_pid_stat(5): fields between blanks, of which the second is the name, in parentheses and as it is, so
/// that the last one ends it. Nothing where any of the fields is missing or no number.
std::optional<ProcStat> stat_in(std::string_view text);

/// The effective one of the ids in a line of /proc/PID/status, "Uid" or "Gid" (proc_pid_status(5): real,
/// effective, saved, of the file system). The name that stands above them is told without line ends
/// (proc_task_name() in fs/proc/array.c).
std::optional<std::uint32_t> effective_id_in(std::string_view status, std::string_view label);

/// The path in the unified hierarchy (cgroups(7), "/proc files"); empty where there is none. No cgroup's name
/// has a line end (cgroup_mkdir() in kernel/cgroup/cgroup.c).
std::string_view unified_cgroup_in(std::string_view cgroups);

} // namespace fwlearn::collector::process
