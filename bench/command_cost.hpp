// What a whole command costs: its time and its peak memory. Knows nothing of what it does. Used by the
// benchmarks of fwlearn's own verbs.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace fwlearn::bench {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Cost {
    double seconds = 0;
    double own_seconds = 0;    ///< of a processor, in its own instructions; which other work does not stretch
    double kernel_seconds = 0; ///< of a processor, in the kernel's: of large records most is to get memory
    double megabytes = 0;      ///< the most that was resident
};

/// Its output is thrown away, and 16 GiB are all that it may have. Throws where it does not return `status`.
/// The kernel counts as its own peak what this process has as it forks (exec_mmap() in fs/exec.c), which
/// therefore does its own large work in_child.
Cost cost_of(const std::vector<std::string>& command, int status = 0);

/// The same of a piece of work in a child of its own, which takes its memory with it.
Cost in_child(const std::function<void()>& work);

} // namespace fwlearn::bench
