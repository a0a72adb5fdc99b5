// The floods and scans of a record, a line each, as suggest says them. Pure. Called by cli's status.
#pragma once

#include <model/record.hpp>

#include <string>
#include <vector>

namespace fwlearn::analyzer {

/// Printable ASCII: whose, how many flows, to how many destinations, and when.
std::vector<std::string> flood_lines(const model::Record& record);

} // namespace fwlearn::analyzer
