// Root gives itself up for the user whom the record belongs to, before it writes in a folder in which that
// user may put what he likes. Knows nothing of what is written. Private to this room; called by purge.
#pragma once

#include <filesystem>

namespace fwlearn::cli {

/// Nothing happens where the caller is not root, where there is no such file, and where it is root's own.
/// Throws model::SystemError.
void become_owner_of(const std::filesystem::path& record);

} // namespace fwlearn::cli
