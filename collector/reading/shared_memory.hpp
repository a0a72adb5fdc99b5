// Memory that a process shares with those that are forked from it later, at the same place in each. What is
// never touched takes none. Knows nothing of what is in it. Used by the reader process.
#pragma once

#include <model/errors.hpp>

#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fwlearn::collector::reading {

class SharedMemory {
  public:
    /// Throws SystemError.
    explicit SharedMemory(std::size_t octets) : octets_(octets) {
        void* const begin =
            mmap(nullptr, octets, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (begin == MAP_FAILED) { // NOLINT: C's own cast
            throw model::SystemError("cannot share memory with another process", errno);
        }
        begin_ = static_cast<std::uint8_t*>(begin);
    }
    ~SharedMemory() { munmap(begin_, octets_); }
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;

    [[nodiscard]] std::span<std::uint8_t> octets() const { return {begin_, octets_}; }

  private:
    std::uint8_t* begin_ = nullptr;
    std::size_t octets_;
};

} // namespace fwlearn::collector::reading
