// One record of conn.log to a flow: who began it, where it went, how it ended.
// Knows nothing of how the log is written. Called by import/zeek.
#pragma once

#include "import/locals.hpp"
#include "zeek_row.hpp"

#include <model/flow.hpp>

#include <variant>

namespace fwlearn::import {

struct ConnFlow {
    model::Destination destination;
    model::FlowCounts counts;
};
/// Understood, but not an exchange that this host began.
struct NotOurs {
    model::Timestamp time;
};
/// Neither --local nor the log says which end is this server's.
struct Unlocated {};
/// fwlearn's own words, printable.
struct NotUnderstood {
    std::string_view why;
};

std::variant<ConnFlow, NotOurs, Unlocated, NotUnderstood> read_conn(const Row& row, const Locals& locals);

} // namespace fwlearn::import
