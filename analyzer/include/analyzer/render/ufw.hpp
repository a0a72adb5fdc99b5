// A whitelist as a shell script of ufw commands. ufw knows neither users nor names: rules that need them are
// left out and listed, never widened. Called by cli.
#pragma once

#include "analyzer/render/rendered.hpp"

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

Rendered render_ufw(const model::Whitelist& whitelist);

} // namespace fwlearn::analyzer
