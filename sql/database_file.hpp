// The record's file as the file system sees it: who may read it, who owns it, whether it is there.
// Knows nothing of what is in it, and never opens a database that exists: closing any descriptor of a file
// drops the POSIX locks that SQLite holds on it in this process (sqlite.org/howtocorrupt.html, 2.2).
// Called by Writer, Reader and migrate.
#pragma once

#include <filesystem>

namespace fwlearn::sql {

/// Creates an empty file that only its owner may read and write, whatever the umask.
/// Throws model::SystemError, also when it exists.
void create_private_file(const std::filesystem::path& file);

/// Creates the directory (0700) and the file (0600) where they are missing. Throws model::SqlError or
/// SystemError when the file cannot be written, or is another user's.
void prepare_for_writing(const std::filesystem::path& database);

/// Throws model::SqlError when there is no file, or it cannot be read.
void require_readable(const std::filesystem::path& database);

} // namespace fwlearn::sql
