// The check of options that take a span of time within bounds, the same on the command line and in the
// configuration. Private to this room.
#pragma once

#include <CLI/CLI.hpp>

namespace fwlearn::cli {

/// Both as they would be typed, "1s" and "24h".
CLI::Validator span_between(const std::string& least, const std::string& most);
/// The same, or the word "forever".
CLI::Validator span_between_or_forever(const std::string& least, const std::string& most);

} // namespace fwlearn::cli
