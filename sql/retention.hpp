// Has what is older than a record is to keep deleted, a little at a time: at the start, and about every hour.
// Knows nothing of batches. Held by Keeper, beside its Writer and with a connection of its own.
#pragma once

#include "sql/keeper.hpp"
#include "sql/purge.hpp"

#include <optional>

namespace fwlearn::sql {

class Retention {
  public:
    Retention(std::filesystem::path database, std::chrono::milliseconds keep)
        : path_(std::move(database)), keep_(keep) {}

    /// Once a second, say. One short transaction at most. Throws model::SqlError, and then goes on with the
    /// next call.
    void tick(KeeperTime now);
    /// A run begins with the next tick, whenever the last one was.
    void hasten() { run_ended_.reset(); }
    /// Has no connection to the record after this, and begins anew with the next.
    void let_go();

  private:
    /// Takes what the record has, or begins with its newest sign of life; stores it.
    void reckon(KeeperTime now);

    std::filesystem::path path_;
    std::chrono::milliseconds keep_;
    std::optional<model::Timestamp> reckoned_;
    std::chrono::steady_clock::time_point reckoned_at_{};
    std::optional<std::chrono::steady_clock::time_point> run_ended_;
    std::unique_ptr<Purge> run_;
};

} // namespace fwlearn::sql
