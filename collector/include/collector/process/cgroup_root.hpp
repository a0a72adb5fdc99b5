// Where the cgroup2 hierarchy is mounted. Alone or beside version 1 (hybrid), wherever. Used by the BPF
// programs' loader, and by cli for the sets of units.
#pragma once

#include <filesystem>

namespace fwlearn::collector::process {

/// From a mountinfo file (proc_pid_mountinfo(5)): the first mount of type cgroup2. Throws SystemError when
/// there is none.
std::filesystem::path cgroup2_root(const std::filesystem::path& mountinfo);

} // namespace fwlearn::collector::process
