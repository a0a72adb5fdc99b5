// An open SQLite database with its path, and the one place that turns SQLite's errors into ours.
// Knows nothing of the schema.
// Used by every source of this room; Writer opens with for_writing, Reader with for_reading.
#pragma once

#include "trouble.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace fwlearn::sql {

/// How long a lock that another process holds is waited for.
inline constexpr std::chrono::milliseconds busy_timeout{2000};
/// The same where a collector's loop stands still meanwhile.
inline constexpr std::chrono::milliseconds collector_busy_timeout{100};

class Connection {
  public:
    /// The file exists already, and for_reading has found it to be a record or empty: SQLite may leave files
    /// beside it.
    static Connection for_writing(const std::filesystem::path& path);
    /// Write-ahead log, foreign keys and how hard to sync.
    void begin_writing();
    /// Never creates a file.
    static Connection for_reading(const std::filesystem::path& path);

    [[nodiscard]] SQLite::Database& database() { return database_; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    Connection(const std::filesystem::path& path, const std::string& parameters, int flags);
    std::filesystem::path path_;
    SQLite::Database database_;
};

/// A path in a message.
std::string printable(const std::filesystem::path& path);

/// "file:///..." with every byte escaped that SQLite would not take literally.
std::string uri_of(const std::filesystem::path& path, const std::string& parameters);

/// One line that says what, why and what to do. `system_error`: errno, where SQLite kept one.
StorageError explained(const SQLite::Exception& error, const std::filesystem::path& path,
                       int system_error = 0);
/// What the operating system said to the connection's last failure; 0: nothing.
int last_system_error(Connection& connection);

/// Runs `action`; an error of SQLite's leaves as a StorageError about `path`.
template <typename Action>
decltype(auto) explaining(const std::filesystem::path& path, Action&& action) {
    try {
        return action();
    } catch (const SQLite::Exception& error) {
        throw explained(error, path);
    }
}
template <typename Action>
decltype(auto) explaining(Connection& connection, Action&& action) {
    try {
        return action();
    } catch (const SQLite::Exception& error) {
        throw explained(error, connection.path(), last_system_error(connection));
    }
}

} // namespace fwlearn::sql
