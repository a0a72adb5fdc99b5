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

    /// When `then` was, by the clock of now: the two differ when the wall clock was set between them.
    [[nodiscard]] model::Timestamp of(const Now& then) const {
        constexpr std::chrono::milliseconds drift{1000};
        const auto reckoned = wall - std::chrono::floor<std::chrono::milliseconds>(steady - then.steady);
        return std::chrono::abs(reckoned - then.wall) < drift ? then.wall : reckoned;
    }
};

} // namespace fwlearn::collector
