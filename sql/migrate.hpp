// Brings a database from the schema that it has to the newest one that this program knows, or refuses.
// Knows the migrations as a list of SQL texts only; the number of a schema is how many of them it has had.
// Called by Writer; Reader asks only which schema a file has.
#pragma once

#include "connection.hpp"

#include <span>

namespace fwlearn::sql {

/// PRAGMA application_id of every record: "fwlr". file(1) and the check for foreign files go by it.
inline constexpr std::int64_t application_id = 0x66776c72;

/// The texts of sql/migrations/, in order.
std::span<const char* const> migrations();

/// The schema of an open database; 0 for an empty one.
/// Throws model::SqlError for a database that is not a record of fwlearn's.
std::int64_t schema_of(Connection& connection);

/// Throws model::SqlError when `schema` is from a newer fwlearn than one that knows `known` migrations.
void refuse_newer(const Connection& connection, std::int64_t schema, std::int64_t known);

/// Throws as the two above do for a file that this program must not write. Finds out by reading, which
/// creates nothing beside it.
void refuse_foreign(const std::filesystem::path& path);

/// Runs the migrations that are missing in one transaction; first copies an older record to
/// "<file>.v<schema>.bak" beside it. Does nothing when none is missing.
void migrate(Connection& connection, std::span<const char* const> known);

} // namespace fwlearn::sql
