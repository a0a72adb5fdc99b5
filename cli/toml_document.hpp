// A TOML text as toml++ has it, with all that is refused said in one line with file, line and column.
// Knows neither decisions nor configuration. Private to this room; called by decisions_toml and
// configuration_toml.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>

namespace fwlearn::cli {

/// Throws model::UsageError: "file:3:7: why".
[[noreturn]] void refuse_toml(const std::string& file, const toml::source_region& where,
                              const std::string& why);

/// `text` in quotes, for a terminal.
std::string in_quotes(std::string_view text);

/// `what` is what the file should be, for who gets a file that cannot be that: "file of decisions".
toml::table parse_toml(std::string_view text, const std::string& file, const char* what);

} // namespace fwlearn::cli
