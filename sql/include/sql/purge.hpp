// Deletes from a record what is older than a time, and what nothing refers to after that, in transactions
// that are short enough for a collector to write between them. Knows nothing of why. Called by cli's purge,
// and by Keeper for what is kept too long.
#pragma once

#include <model/time.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace fwlearn::sql {

struct Purged {
    std::uint64_t hours = 0;      ///< rows of flows' hours, and of tasks' runs
    std::uint64_t flows = 0;      ///< keys
    std::uint64_t names = 0;      ///< name bindings
    std::uint64_t identities = 0; ///< processes, tasks, interfaces and names that nothing refers to any more
    std::uint64_t others = 0;     ///< observations, with their gaps and counters
    [[nodiscard]] std::uint64_t rows() const { return hours + flows + names + identities + others; }
};

struct PurgeOptions {
    model::Timestamp before = model::Timestamp::max(); ///< whole hours before it; the greatest: all there is
    bool beside_collector = true; ///< what a collector says only once, and its own observation, stay
    bool shrink = false; ///< give all the space back; otherwise only where a lot is free. Where the disk is
                         ///< full the reserve is given up for it
    std::chrono::milliseconds patience{2000}; ///< how long a lock is waited for
};

/// Files beside the record that hold what was in it once: copies from before an upgrade, of which Purge
/// removes those that were written before its time, and damaged records that were set aside, of which it
/// removes none.
std::vector<std::filesystem::path> copies_beside(const std::filesystem::path& database);

/// Every member throws model::SqlError.
class Purge {
  public:
    /// A record that is there, and of this fwlearn's schema.
    Purge(const std::filesystem::path& database, const PurgeOptions& options);
    ~Purge();
    Purge(const Purge&) = delete;
    Purge& operator=(const Purge&) = delete;

    /// One short transaction. False when there is nothing left to do.
    bool step();
    [[nodiscard]] const Purged& purged() const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

} // namespace fwlearn::sql
