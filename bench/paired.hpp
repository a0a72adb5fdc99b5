// Figures that mean something on a noisy machine: each workload without and with what is measured, in turn,
// and each pair's difference and ratio. Knows nothing of what is measured. Used by the
// benchmarks.
#pragma once

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

namespace fwlearn::bench {

/// This thread, and what it starts, on one CPU alone: who wakes whom where is most of the noise.
inline void stay_on(unsigned cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set); // where there is no such CPU it goes on as it was
}

inline double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Of each pair.
struct Paired {
    std::vector<double> without, with;
    std::vector<double> added; ///< with - without
    std::vector<double> ratio; ///< with / without
};

/// Runs both `pairs` times; who goes first alternates.
inline Paired paired(std::uint64_t pairs, const std::function<double()>& without,
                     const std::function<double()>& with) {
    Paired result;
    for (std::uint64_t pair = 0; pair < pairs; ++pair) {
        if (pair % 2 == 0) {
            result.without.push_back(without());
            result.with.push_back(with());
        } else {
            result.with.push_back(with());
            result.without.push_back(without());
        }
        result.added.push_back(result.with.back() - result.without.back());
        result.ratio.push_back(result.with.back() / result.without.back());
    }
    return result;
}

} // namespace fwlearn::bench
