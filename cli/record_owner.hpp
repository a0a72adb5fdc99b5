// Root gives itself up for the user whom the record belongs to, before it writes in a folder in which that
// user may put what he likes. Knows nothing of what is written. Private to this room; called by purge and
// observe.
#pragma once

#include <filesystem>

namespace fwlearn::cli {

/// Nothing happens where the caller is not root, where there is no such file, and where it is root's own.
/// Throws model::SystemError.
void become_owner_of(const std::filesystem::path& record);

/// Throws model::UsageError where the record is the packaged unit's user's, and the caller somebody else: who
/// observes needs capabilities, which that user has from the unit alone.
void refuse_record_of_unit(const std::filesystem::path& record);

} // namespace fwlearn::cli
