// Why it is too early to lock a host down: what the record does not know of the last day. Pure: the moment is
// a parameter. Called by cli's apply.
#pragma once

#include <model/record.hpp>

namespace fwlearn::analyzer {

/// In the order in which they weigh; empty: none. fwlearn's own words, printable ASCII. Schedules that have
/// not run are none of these yet: they belong here, one line each, as soon as coverage tells them.
std::vector<std::string> objections(const model::Record& record, model::Timestamp now);

} // namespace fwlearn::analyzer
