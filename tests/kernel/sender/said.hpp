// What a sender tells of itself before it sends: the truth that the attribution is held against. Written to a
// pipe in one piece (pipe(7): up to PIPE_BUF octets are).
#pragma once

#include <cstdint>

namespace fwlearn::kernel_test {

struct Said {
    static constexpr int most_ancestors = 4;
    std::uint32_t index = 0;
    std::int32_t pid = 0;
    std::int32_t ancestors[most_ancestors] = {}; // NOLINT: the parent first, 0 where there are no more
};

} // namespace fwlearn::kernel_test
