// A record out of its database, for the verbs that want all of it, in memory that suits its size.
// Private to this room.
#pragma once

#include <model/record.hpp>

#include <filesystem>

namespace fwlearn::cli {

/// What was recorded in the time that was asked for. Throws model::SqlError.
model::Record read_record(const std::filesystem::path& database, const model::TimeRange& range = {});

} // namespace fwlearn::cli
