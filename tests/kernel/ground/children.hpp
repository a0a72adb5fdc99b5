// The children that a process has now, those of its other threads left out (proc(5),
// /proc/PID/task/TID/children). Knows nothing of fwlearn. Used by the grounds and by the kernel tests.
#pragma once

#include <vector>

namespace fwlearn::kernel_test {

std::vector<int> children_of(int pid);

} // namespace fwlearn::kernel_test
