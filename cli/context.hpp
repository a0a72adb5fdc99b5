// What every verb is given: the global options and where its output goes. Private to this room.
#pragma once

#include "cli/exit_status.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <functional>
#include <iosfwd>

namespace fwlearn::cli {

enum class Color { automatic, always, never };

struct Context {
    std::filesystem::path database = "/var/lib/fwlearn/flows.db";
    std::filesystem::path configuration; ///< empty: the default one, which need not be there
    Color color = Color::automatic;
    bool quiet = false;
    bool verbose = false;
    std::ostream& out;
    std::ostream& err;

    /// Set by the verb that was named; returns its exit status.
    std::function<int()> verb;
};

/// Standard output is a terminal.
bool writes_to_terminal();
/// Its width in columns: COLUMNS, else what the terminal says, else 80. Without a terminal there is no end to
/// it.
unsigned terminal_width();
/// --color, NO_COLOR (https://no-color.org) and the terminal put together.
bool wants_color(const Context& context);

// One a file; each adds its subcommand, with its options, to the application.
void add_observe(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_flows(CLI::App& app, Context& context);
void add_suggest(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_review(CLI::App& app, Context& context);
void add_diff(CLI::App& app, Context& context);
void add_coverage(CLI::App& app, Context& context);
void add_backtest(CLI::App& app, Context& context);
void add_rehearse(CLI::App& app, Context& context);
void add_apply(CLI::App& app, Context& context);
void add_confirm(CLI::App& app, Context& context);
void add_rollback(CLI::App& app, Context& context);
void add_refresh(CLI::App& app, Context& context);
void add_audit(CLI::App& app, Context& context);
void add_learn_more(CLI::App& app, Context& context);
void add_import(CLI::App& app, Context& context);
void add_export(CLI::App& app, Context& context);
void add_purge(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);

} // namespace fwlearn::cli
