// What a target says of what it tried: a break of it ends the run, which the fuzzer reports with its input.
// Knows nothing of what is tried. Included by the targets.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace fwlearn::fuzz {

inline void expect(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// Nothing but printable ASCII, so that a terminal shows it as one line.
inline bool is_printable(std::string_view line) {
    return std::all_of(line.begin(), line.end(), [](char byte) { return byte >= 0x20 && byte < 0x7f; });
}

} // namespace fwlearn::fuzz
