// Figures that mean something on a noisy machine: each workload without and with what is measured, in turn,
// and the medians of the pairs' differences and ratios. Knows nothing of what is measured. Used by the
// benchmarks.
#pragma once

#include <sched.h>

#include <algorithm>
#include <functional>
#include <string>
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

struct Paired {
    double without = 0; ///< median
    double with = 0;    ///< median
    double added = 0;   ///< median of the differences, with - without
    double ratio = 0;   ///< median of the ratios, with / without
    double low = 0;     ///< quartiles of the ratios
    double high = 0;
};

/// Runs both `pairs` times; who goes first alternates.
inline Paired paired(unsigned pairs, const std::function<double()>& without,
                     const std::function<double()>& with) {
    std::vector<double> left;
    std::vector<double> right;
    std::vector<double> differences;
    std::vector<double> ratios;
    for (unsigned pair = 0; pair < pairs; ++pair) {
        if (pair % 2 == 0) {
            left.push_back(without());
            right.push_back(with());
        } else {
            right.push_back(with());
            left.push_back(without());
        }
        differences.push_back(right.back() - left.back());
        ratios.push_back(right.back() / left.back());
    }
    auto sorted = ratios;
    std::sort(sorted.begin(), sorted.end());
    return {median(left),
            median(right),
            median(differences),
            median(ratios),
            sorted[sorted.size() / 4],
            sorted[sorted.size() * 3 / 4]};
}

} // namespace fwlearn::bench
