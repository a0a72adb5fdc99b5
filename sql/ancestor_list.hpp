// The ancestors of a process as the one column that holds them: one path a line, with backslash and newline
// escaped, so that any path comes back as it was. Used where processes are written and read.
#pragma once

#include <model/foreign_text.hpp>

#include <string>
#include <vector>

namespace fwlearn::sql {

std::string joined_ancestors(const std::vector<model::ForeignText>& ancestors);
std::vector<model::ForeignText> split_ancestors(const model::ForeignText& column);

} // namespace fwlearn::sql
