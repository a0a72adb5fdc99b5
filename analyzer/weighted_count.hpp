// A sum of rare events that each weigh something, and how large what it stands for may be. The bound is that
// of a Poisson count (Garwood 1936, Biometrika 28:437) in units of the sum's variance over its mean, as
// Dobson et al. (1991, Stat. Med. 10:457) and Fay and Feuer (1997, Stat. Med. 16:791) take weights into
// account. Of nothing it is three units: the rule of three (Hanley, Lippman-Hand 1983, JAMA 249:1743).
// Knows nothing of what is counted. Private to this room; called by unseen_mass and new_contacts.
#pragma once

namespace fwlearn::analyzer {

struct WeightedCount {
    double sum = 0;
    double variance = 0;

    void add(double weight) {
        sum += weight;
        variance += weight * weight;
    }
    WeightedCount& operator+=(const WeightedCount& other) {
        sum += other.sum;
        variance += other.variance;
        return *this;
    }
};

/// What an independent sum of the same expectation exceeds in 5 of 100 cases at most. One event weighs at
/// least `unit`, which is more than 0.
double upper95(const WeightedCount& count, double unit);

} // namespace fwlearn::analyzer
