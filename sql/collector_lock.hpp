// The lock that lets only one collector write to a record: an flock on "<database>.lock", which the kernel
// drops when its holder dies, however it dies. The file also holds the holder's pid, for people.
// Knows nothing of SQLite. Held by Writer, asked for by Reader.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace fwlearn::sql {

class CollectorLock {
  public:
    /// Throws model::SqlError that names the holder when another collector has it.
    explicit CollectorLock(const std::filesystem::path& database);
    ~CollectorLock();
    CollectorLock(const CollectorLock&) = delete;
    CollectorLock& operator=(const CollectorLock&) = delete;

    /// The pid of who holds it, 0 when that cannot be told; nothing when nobody does.
    static std::optional<std::uint32_t> holder(const std::filesystem::path& database);

  private:
    int descriptor_;
};

} // namespace fwlearn::sql
