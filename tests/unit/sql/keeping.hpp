// A keeper with a clock of the test's own, and what it said.
// Knows nothing of what is wrong with the disk. Used by the tests of the keeper.
#pragma once

#include "support.hpp"

#include <sql/keeper.hpp>

#include <SQLiteCpp/Database.h>

namespace fwlearn::sql::test {

constexpr std::uint64_t small_reserve = std::uint64_t{256} << 10U;

class Keeping {
  public:
    explicit Keeping(std::filesystem::path database, KeeperOptions options = {.reserve = small_reserve})
        : path_(std::move(database)),
          keeper_(
              path_, options, [this](const std::string& line) { said.push_back(line); }, now()) {
        keeper_.begin_observation(kernel_observation(at(0)), now());
    }

    [[nodiscard]] KeeperTime now() const {
        return {at(second_) + clock_, std::chrono::steady_clock::time_point(std::chrono::seconds(second_))};
    }

    /// What the observer does each second: one flow more to `address`, and all that was refused before.
    bool second(std::uint32_t address) {
        ++second_;
        ++sent;
        pending_.flows.push_back(delta_to(address, now().wall));
        if (!keeper_.store(pending_, {}, {}, now())) {
            return false;
        }
        pending_ = {};
        return true;
    }
    Batch& pending() { return pending_; }
    void pass(std::int64_t seconds) { second_ += seconds; }
    void set_clock(std::chrono::seconds by) { clock_ += by; }
    Keeper& keeper() { return keeper_; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    std::vector<std::string> said;
    std::uint64_t sent = 0;

  private:
    std::filesystem::path path_;
    std::int64_t second_ = 0;
    std::chrono::seconds clock_{0}; ///< what the host's is ahead
    Batch pending_;
    Keeper keeper_;
};

inline std::uint64_t stored(const std::filesystem::path& path) {
    std::uint64_t count = 0;
    for (const Flow& flow : Reader(path).read().flows) {
        count += flow.counts.count;
    }
    return count;
}

inline std::string integrity(const std::filesystem::path& path) {
    SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
    return database.execAndGet("PRAGMA integrity_check").getString() +
           (SQLite::Statement(database, "PRAGMA foreign_key_check").executeStep() ? ", foreign keys" : "");
}

inline std::vector<std::filesystem::path> set_aside_beside(const std::filesystem::path& path) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path.parent_path())) {
        const auto name = entry.path().filename().string();
        if (name.starts_with(path.filename().string() + ".corrupt-") && !name.ends_with("-wal")) {
            files.push_back(entry.path());
        }
    }
    return files;
}

} // namespace fwlearn::sql::test
