// How much memory a process and its children had at their most. Knows nothing of what they do. Used by the
// tests of what is bounded.
#pragma once

#include <cstdint>

namespace fwlearn::kernel_test {

/// In octets: each one's most so far (VmHWM, proc(5)), added up.
std::uint64_t peak_memory(int pid);

} // namespace fwlearn::kernel_test
