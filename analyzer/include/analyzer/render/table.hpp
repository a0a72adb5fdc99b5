// A whitelist as a table for people, as wide as their terminal.
// Called by cli.
#pragma once

#include "analyzer/render/style.hpp"

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

std::string render_table(const model::Whitelist& whitelist, const TableStyle& style);

} // namespace fwlearn::analyzer
