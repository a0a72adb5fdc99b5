// Memory in large pages for a table that is looked up all over: of small ones there are too many for the
// processor to keep at hand where each is, and in a virtual machine finding that out again costs more than
// what is looked up. Debian's kernels give large pages to whoever asks (transhuge.rst, "madvise"); where
// there are none, small ones do. An allocator; knows nothing of what is kept. Used by living flows.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace fwlearn::collector {

template <typename T>
class LargePages {
  public:
    using value_type = T;

    LargePages() = default;
    template <typename Other>
    LargePages(const LargePages<Other>& /*other*/) {} // NOLINT: converts, as every allocator does

    T* allocate(std::size_t count) {
        const auto octets = size_of(count);
        if (octets < large_page) {
            return std::allocator<T>().allocate(count);
        }
        void* const room = mmap(nullptr, octets + large_page, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (room == MAP_FAILED) { // NOLINT: C's own cast
            throw std::bad_alloc();
        }
        // From where a large page may begin; what is before and behind goes back.
        auto* const begin = static_cast<char*>(room);
        const auto before =
            (large_page - reinterpret_cast<std::uintptr_t>(room) % large_page) % large_page; // NOLINT
        auto* const aligned = begin + before; // NOLINT: within `room`
        if (before > 0) {
            munmap(begin, before);
        }
        munmap(aligned + octets, large_page - before); // NOLINT
        madvise(aligned, octets, MADV_HUGEPAGE);
        return reinterpret_cast<T*>(aligned); // NOLINT
    }

    void deallocate(T* memory, std::size_t count) {
        const auto octets = size_of(count);
        if (octets < large_page) {
            std::allocator<T>().deallocate(memory, count);
        } else {
            munmap(memory, octets);
        }
    }

    bool operator==(const LargePages&) const = default;

  private:
    static constexpr std::size_t large_page = std::size_t{2} << 20U;

    /// In whole small pages.
    static std::size_t size_of(std::size_t count) {
        constexpr std::size_t small_page = 4096;
        return (count * sizeof(T) + small_page - 1) / small_page * small_page;
    }
};

} // namespace fwlearn::collector
