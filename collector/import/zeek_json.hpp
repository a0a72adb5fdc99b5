// One line of a Zeek log written as JSON: a flat object, whose keys are the column names.
// Knows nothing of what columns mean. Called by import/zeek.
#pragma once

#include "zeek_row.hpp"

namespace fwlearn::import {

/// Fills the row; false for what is no JSON object. Values are kept as they are written, numbers too, so that
/// they meet the same checks as a TSV column's.
bool read_zeek_json(std::string_view line, Row& row);

} // namespace fwlearn::import
