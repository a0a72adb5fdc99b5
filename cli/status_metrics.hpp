// `fwlearn status --prometheus`: what a monitor wants to know of the record and of who observes, from sums of
// the record. docs/metrics.md lists it. Private to this room; called by status.
#pragma once

#include <firewall/whitelist_state.hpp>

#include <filesystem>
#include <string>

namespace fwlearn::cli {

/// Throws model::SqlError.
std::string status_metrics(const std::filesystem::path& database, const firewall::WhitelistState& firewall);

} // namespace fwlearn::cli
