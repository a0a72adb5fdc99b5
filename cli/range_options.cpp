#include "range_options.hpp"

#include "cli/time_argument.hpp"

#include <model/errors.hpp>

namespace fwlearn::cli {

void RangeOptions::add_to(CLI::App& verb) {
    verb.add_option("--since", since, "From then on: '2 days ago', yesterday, '2026-11-23 07:02'")
        ->type_name("TIME");
    verb.add_option("--until", until, "Until then")->type_name("TIME");
}

model::TimeRange RangeOptions::parse() const {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    model::TimeRange range;
    if (!since.empty()) {
        range.since = parse_time(since, now);
    }
    if (!until.empty()) {
        range.until = parse_time(until, now);
    }
    if (range.since && range.until && *range.since >= *range.until) {
        throw model::UsageError("--since is not before --until");
    }
    return range;
}

} // namespace fwlearn::cli
