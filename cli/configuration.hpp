// What the files of configuration say, put in the place of defaults of the options that may stand there:
// those that are marked configurable() where they are made, so that there is one list and one set of checks.
// Knows no option by name. Private to this room; called by app, and by tests.
#pragma once

#include "context.hpp"

#include <vector>

namespace fwlearn::cli {

/// --config; and from here on no option is configurable unless it says so.
void add_configuration(CLI::App& app, Context& context);

/// Once the command line is parsed: gives options what the files say and the command line does not. `usual`
/// is read where none is named, and by verbs that need something of it. Throws model::UsageError for a
/// setting that is none, or that its option refuses, with file, line and column.
void configure(CLI::App& app, const Context& context, const std::filesystem::path& usual);

struct ConfigurableOption {
    std::string table; ///< empty: above all tables
    std::string key;
    const CLI::Option* option;
};

/// All that may stand in the file, by table.
std::vector<ConfigurableOption> configurable_options(CLI::App& app);

} // namespace fwlearn::cli
