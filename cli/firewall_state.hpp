// What `status` says of the firewall: whether a whitelist is in force, or waits to be confirmed. For people,
// as JSON and as metrics. Private to this room; called by status and status_metrics.
#pragma once

#include "exposition.hpp"

#include <firewall/whitelist_state.hpp>

#include <nlohmann/json_fwd.hpp>

namespace fwlearn::cli {

/// One line without its end.
std::string words_of(const firewall::WhitelistState& state);

nlohmann::ordered_json document_of(const firewall::WhitelistState& state);

/// Nothing of what cannot be told.
void add_metrics(Exposition& out, const firewall::WhitelistState& state);

} // namespace fwlearn::cli
