// A whitelist as one JSON document, for programs: docs/json.md describes it.
// Called by cli.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// ASCII only; foreign bytes that are not UTF-8 become U+FFFD. Ends with a newline.
std::string render_json(const model::Whitelist& whitelist);

} // namespace fwlearn::analyzer
