// Reads a record's dictionary: processes, tasks, interfaces, names of flows and of users, and which row each
// came from. Knows nothing of flows. Called by Reader, within its transaction.
#pragma once

#include "connection.hpp"

#include <model/identities.hpp>

#include <unordered_map>

namespace fwlearn::sql {

struct StoredIdentities {
    model::Identities identities; ///< in the order of their content, whatever the order of the rows
    std::unordered_map<std::int64_t, model::ProcessId> processes;
    std::unordered_map<std::int64_t, model::TaskId> tasks;
    std::unordered_map<std::int64_t, model::InterfaceId> interfaces;
    std::unordered_map<std::int64_t, model::NameId> names; ///< those that flows refer to
};

StoredIdentities read_identities(Connection& connection);

} // namespace fwlearn::sql
