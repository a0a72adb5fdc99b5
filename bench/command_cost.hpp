// What a whole command costs: its time and its peak memory. Used by the benchmarks of fwlearn's own verbs.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace fwlearn::bench {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Cost {
    double seconds = 0;
    double processor_seconds = 0; ///< which a machine with other work to do does not stretch
    double mebibytes = 0;
};

/// Its output is thrown away. Ends the benchmark where it does not return `status`.
Cost cost_of(const std::vector<std::string>& command, int status = 0);

} // namespace fwlearn::bench
