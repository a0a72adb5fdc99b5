// The file that says up to where the record was audited the last time, in the state directory. Knows nothing
// of what was found. Private to this room; used by audit.
#pragma once

#include "flow_position.hpp"
#include "replacement.hpp"

namespace fwlearn::cli {

/// Nothing where there was none. Throws model::UsageError for another file.
std::optional<FlowPosition> read_last_audit(const std::filesystem::path& path);

std::string to_text(const FlowPosition& last);

} // namespace fwlearn::cli
