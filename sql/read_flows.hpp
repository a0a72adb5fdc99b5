// Reads a record's flows, each key's hours added up, and its names.
// Knows a dictionary only by what read_identities made of it. Called by Reader, within its transaction.
#pragma once

#include "read_identities.hpp"

#include <model/record.hpp>

#include <vector>

namespace fwlearn::sql {

/// By key; only the keys that have an hour that intersects `range`.
std::vector<model::Flow> read_flows(Connection& connection, const StoredIdentities& stored,
                                    const model::TimeRange& range);

/// Ascending.
std::vector<model::Configured> read_configured(Connection& connection);
/// By address, then name.
std::vector<model::NameBinding> read_names(Connection& connection, const StoredIdentities& stored);

} // namespace fwlearn::sql
