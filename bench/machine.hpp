// What the figures were taken on, and when. Knows nothing of what is measured. Called by Figures.
#pragma once

#include <string>

namespace fwlearn::bench {

struct Machine {
    std::string processor; ///< as the processor calls itself
    long processors = 0;   ///< that are online
    double memory_gib = 0;
    std::string kernel;
    std::string debian; ///< 12.8; empty where it is none
};

Machine this_machine();
/// Now, in UTC: 2026-01-31T12:00:00Z.
std::string this_moment();

} // namespace fwlearn::bench
