// The whitelist as Markdown (CommonMark with GitHub's tables), for a ticket or a wiki. Called by cli.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

std::string render_markdown(const model::Whitelist& whitelist);

} // namespace fwlearn::analyzer
