// Space that is set apart beside a record, to be given up when the disk is full: with it the log can still be
// moved into the record, and what is too old be deleted.
// Knows nothing of SQLite. Held by Keeper.
#pragma once

#include <cstdint>
#include <filesystem>

namespace fwlearn::sql {

class Reserve {
  public:
    /// Of so many bytes; 0: none.
    Reserve(const std::filesystem::path& database, std::uint64_t size);

    [[nodiscard]] bool is_there() const;
    /// Sets the space apart, where there is as much again beside it. Says whether it is there now.
    bool make();
    /// False when there was none.
    bool give_up();

  private:
    std::filesystem::path file_;
    std::uint64_t size_;
};

} // namespace fwlearn::sql
