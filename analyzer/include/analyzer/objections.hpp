// Why it is too early to lock a host down: what the record does not know of the last day, and what has not
// run yet. Pure: the moment is a parameter. Called by cli's apply.
#pragma once

#include <model/record.hpp>

namespace fwlearn::analyzer {

/// In the order in which they weigh; empty: none. Printable ASCII. Of schedules that were not seen to run, or
/// only to fail, a few, and how many more there are.
std::vector<std::string> objections(const model::Record& record, model::Timestamp now);

} // namespace fwlearn::analyzer
