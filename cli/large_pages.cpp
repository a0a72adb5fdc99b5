#include "large_pages.hpp"

#include <malloc.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>

namespace fwlearn::cli {

// Debian's kernels give large pages to whoever asks by madvise(2) (transhuge.rst, "madvise"), and malloc asks
// only with GLIBC_TUNABLES=glibc.malloc.hugetlb=1, which is read before main. So the heap is made to grow at
// once, told, and given back to malloc, which then serves everything from it.
void use_large_pages_for_next(std::size_t octets) {
    // All from the heap, and none of it given back while it is still wanted (mallopt(3)): setting only one of
    // these would leave blocks from 128 KiB on to mmap(2), each in small pages that are new to it every time.
    if (mallopt(M_MMAP_MAX, 0) == 0 || mallopt(M_TRIM_THRESHOLD, -1) == 0) {
        return;
    }
    void* const room = std::malloc(octets); // NOLINT: to be advised and given back, never used
    if (room == nullptr) {
        return; // of a limit, or because the kernel counts what is asked for: then in small pages
    }
    constexpr std::uintptr_t page = 4096;
    const auto begin = reinterpret_cast<std::uintptr_t>(room); // NOLINT: to round it
    const auto skipped = (page - begin % page) % page;
    madvise(static_cast<char*>(room) + skipped, octets - skipped, MADV_HUGEPAGE);
    std::free(room); // NOLINT
}

} // namespace fwlearn::cli
