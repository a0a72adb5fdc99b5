// `fwlearn status --prometheus`: what a monitor wants to know of the record and of who observes, from sums of
// the record. docs/metrics.md lists it. Private to this room; called by status.
#pragma once

#include <filesystem>
#include <string>

namespace fwlearn::cli {

/// Throws model::SqlError.
std::string status_metrics(const std::filesystem::path& database);

} // namespace fwlearn::cli
