#include "weighted_count.hpp"

#include <algorithm>
#include <cmath>

namespace fwlearn::analyzer {
namespace {

/// The 95 % point of chi square by Wilson and Hilferty (1931, PNAS 17:684): less than 1 % off from two
/// degrees of freedom on, and there are never fewer here.
double chi_square95(double degrees) {
    constexpr double normal95 = 1.6448536269514722;
    const double ninth = 2.0 / (9.0 * degrees);
    return degrees * std::pow(1.0 - ninth + normal95 * std::sqrt(ninth), 3);
}

} // namespace

double upper95(const WeightedCount& count, double unit) {
    // Of little with a large variance the quotient says nothing: an event is not larger than the deviation.
    const double scale = count.sum > 0
                             ? std::max(unit, std::min(count.variance / count.sum, std::sqrt(count.variance)))
                             : std::max(unit, std::sqrt(count.variance));
    return scale * chi_square95(2.0 * (count.sum / scale + 1.0)) / 2.0;
}

} // namespace fwlearn::analyzer
