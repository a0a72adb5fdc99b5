// Keeps the record's log from growing while somebody reads from it and does not come to an end: it cannot
// begin anew as long as that one still reads what is in it (https://www.sqlite.org/wal.html, 6), and nothing
// of SQLite's can make a process that stands still let go. Reads no clock. Held by Keeper.
#pragma once

#include "sql/keeper.hpp"

#include <filesystem>

namespace fwlearn::sql {

class HeldLog {
  public:
    /// `longest`: octets that it may have (KeeperOptions).
    HeldLog(std::filesystem::path database, std::uint64_t longest, Keeper::Say say)
        : database_(std::move(database)), longest_(longest), say_(std::move(say)) {}

    /// Whether it is too long to write to it now. Says who holds it, once, and when that is over.
    bool is_held(Writer& writer, KeeperTime now);
    /// A batch was written.
    void note_stored(KeeperTime now) { stored_at_ = now.steady; }

  private:
    std::filesystem::path database_;
    std::uint64_t longest_;
    Keeper::Say say_;
    std::chrono::steady_clock::time_point stored_at_{};
    bool said_ = false;
};

} // namespace fwlearn::sql
