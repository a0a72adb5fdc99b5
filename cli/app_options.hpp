// All verbs with all their options, put into an application. Private to this room; called by app, and by
// tests that ask what options there are.
#pragma once

#include "context.hpp"

namespace fwlearn::cli {

void add_options(CLI::App& app, Context& context);

} // namespace fwlearn::cli
