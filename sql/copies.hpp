// Which files beside a record hold what was in it: the copies from before an upgrade, which fwlearn made and
// may remove, and damaged records that were set aside, which it never does. Knows them by their names and by
// when they were written. Used by migrate, which names a copy, and by Purge.
#pragma once

#include <model/time.hpp>

#include <cstdint>
#include <filesystem>
#include <vector>

namespace fwlearn::sql {

/// "<database>.v<schema>.bak"
std::filesystem::path copy_of_schema(const std::filesystem::path& database, std::int64_t schema);

/// Removes the copies that were written before a time by the host's clock, the greatest: all. One that was
/// not finished goes too. What cannot be removed stays, and is among those that copies_beside() names.
void remove_copies(const std::filesystem::path& database, model::Timestamp before);

} // namespace fwlearn::sql
