// Asks for large pages where much memory is gone through in another order than it lies in: that costs a look
// into the page tables for each place, and with large pages there are few (madvise(2), MADV_HUGEPAGE). Where
// the kernel has none to give, nothing is lost.
// Called by flow_keys and read_flows.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

namespace fwlearn::sql {

inline void use_large_pages(void* begin, std::size_t octets) {
    constexpr std::size_t page = 4096;
    const auto address = reinterpret_cast<std::uintptr_t>(begin); // NOLINT: to round it
    const auto skipped = (page - address % page) % page;
    if (octets > skipped) {
        madvise(static_cast<char*>(begin) + skipped, octets - skipped, MADV_HUGEPAGE);
    }
}

} // namespace fwlearn::sql
