// --since and --until, the same on every verb that reads the record. Private to this room.
#pragma once

#include <model/time.hpp>

#include <CLI/CLI.hpp>

namespace fwlearn::cli {

struct RangeOptions {
    std::string since;
    std::string until;

    void add_to(CLI::App& verb);
    /// Throws model::UsageError; reads the clock for what is said in relation to now.
    [[nodiscard]] model::TimeRange parse() const;
};

} // namespace fwlearn::cli
