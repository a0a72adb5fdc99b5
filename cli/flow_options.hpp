// The options that say which flows are meant, the same on every verb that shows or gives out flows.
// Private to this room; used by flows and export.
#pragma once

#include "cli/flow_filter.hpp"
#include "range_options.hpp"

#include <CLI/CLI.hpp>

namespace fwlearn::cli {

struct FlowOptions {
    FlowFilter filter;
    std::string port;
    std::string destination;
    RangeOptions range;

    void add_to(CLI::App& verb);
    /// Throws model::UsageError.
    [[nodiscard]] FlowFilter parse() const;
};

/// Takes out what the filter does not admit.
void keep_admitted(model::Record& record, const FlowFilter& filter);

} // namespace fwlearn::cli
