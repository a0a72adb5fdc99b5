// Attempts that differ from observed ones in one respect: another user, address, port, protocol, ICMP type or
// family. What a whitelist that is wider than it says would let through.
// Sends nothing. Used by whitelist_test.
#pragma once

#include "kernel_verdicts.hpp"

namespace fwlearn::kernel_test {

/// `count` of them, no two alike and none of them observed; the same seed gives the same ones.
std::vector<Attempt> neighbours_of(std::span<const Attempt> observed, std::size_t count, unsigned seed);

} // namespace fwlearn::kernel_test
