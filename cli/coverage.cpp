#include "context.hpp"
#include "range_options.hpp"
#include "read_record.hpp"

#include <analyzer/render/coverage.hpp>

#include <iostream>

namespace fwlearn::cli {
namespace {

struct Options {
    RangeOptions range;
    bool json = false;
};

int coverage(const Options& options, Context& context) {
    const auto report =
        analyzer::coverage(kept_for_good(read_record(context.database, options.range.parse())));
    context.out << (options.json
                        ? analyzer::coverage_to_json(report) + "\n"
                        : analyzer::render_coverage(report, {terminal_width(), wants_color(context)}));
    return report.is_enough() ? done : findings;
}

} // namespace

void add_coverage(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand(
        "coverage", "Was the time long enough? Schedules seen and not seen, and how much is still unknown");
    auto options = std::make_shared<Options>();
    verb->add_flag("--json", options->json, "One JSON object");
    options->range.add_to(*verb);
    verb->footer("Exit status 1: it is too early to lock this host down.");
    verb->callback(
        [&context, options] { context.verb = [&context, options] { return coverage(*options, context); }; });
}

} // namespace fwlearn::cli
