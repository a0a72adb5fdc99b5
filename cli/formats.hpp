// The formats of `suggest -o`, by name. Private to this room; called by suggest.
#pragma once

#include "context.hpp"

#include <analyzer/render/rendered.hpp>
#include <model/whitelist.hpp>

#include <functional>
#include <map>

namespace fwlearn::cli {

using Format = std::function<analyzer::Rendered(const model::Whitelist&, const Context&)>;

const std::map<std::string, Format>& formats();

} // namespace fwlearn::cli
