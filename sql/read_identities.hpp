// Reads a record's dictionary: processes, tasks, interfaces, names of flows and of users, and which row each
// came from. Knows nothing of flows. Called by Reader, within its transaction.
#pragma once

#include "connection.hpp"

#include <model/identities.hpp>

#include <tsl/robin_map.h>

namespace fwlearn::sql {

/// By a row's id: what a row of another table refers to is looked up for each.
template <typename Id>
using ByRow = tsl::robin_map<std::int64_t, Id>;

struct StoredIdentities {
    model::Identities identities; ///< in the order of their content, whatever the order of the rows
    ByRow<model::ProcessId> processes;
    ByRow<model::TaskId> tasks;
    ByRow<model::InterfaceId> interfaces;
    ByRow<model::NameId> names; ///< those that flows refer to
};

StoredIdentities read_identities(Connection& connection);

} // namespace fwlearn::sql
