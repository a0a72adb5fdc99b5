// The two clocks of one moment: what the record is written in, and what intervals are measured by, so that a
// stepped wall clock lengthens or shortens none.
#pragma once

#include <model/time.hpp>

namespace fwlearn::collector {

struct Now {
    model::Timestamp wall;
    std::chrono::steady_clock::time_point steady;

    static Now read() {
        return {std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()),
                std::chrono::steady_clock::now()};
    }
};

} // namespace fwlearn::collector
