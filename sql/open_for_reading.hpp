// A connection to a record that is there, of the schema that this program knows; nothing is created or
// changed. Knows nothing of what is read. Called by Reader and by totals.
#pragma once

#include "connection.hpp"

namespace fwlearn::sql {

/// Throws model::SqlError, which says what to do.
Connection open_for_reading(const std::filesystem::path& path);

} // namespace fwlearn::sql
