// What is said above an answer that shows the whitelist in part, or in figures: what was observed and what
// was not, and which decisions concern nothing. Plain words, printable ASCII. Called by cli.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// One statement a line; what was left out is the whole whitelist's to tell.
std::string render_short_head(const model::Whitelist& whitelist);

} // namespace fwlearn::analyzer
