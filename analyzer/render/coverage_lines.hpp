// What is said at the head of every output: what was observed, and what was not. Plain words, printable
// ASCII, one statement a line. Private to render.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

std::vector<std::string> coverage_lines(const model::Whitelist& whitelist);

} // namespace fwlearn::analyzer
