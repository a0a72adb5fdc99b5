// Takes a damaged record out of the way, with its log, under a name that tells when: nothing is deleted, and
// both can still be looked at together.
// Knows nothing of what is wrong with it. Called by Keeper, while this process has no connection to it;
// Writer only asks, and refuses what has lost its content.
#pragma once

#include <model/time.hpp>

#include <filesystem>

namespace fwlearn::sql {

/// Whether what is there is, or was, a record of fwlearn's: by its application id, or by the log that SQLite
/// left beside it. Another file must not be taken out of its place because --db was mistyped.
bool was_a_record(const std::filesystem::path& database);

/// An empty file beside a log that is not: to SQLite a new database, for which it would delete the log.
bool has_lost_its_content(const std::filesystem::path& database);

/// Gives back the new name. Throws std::filesystem::filesystem_error.
std::filesystem::path set_aside(const std::filesystem::path& database, model::Timestamp now);

} // namespace fwlearn::sql
