// The options that shape a whitelist, the same on every verb that makes one: whoever was told of a rule by
// `suggest` finds it by `explain` with the same options. Private to this room.
#pragma once

#include "range_options.hpp"

#include <analyzer/suggest.hpp>

#include <filesystem>

namespace fwlearn::cli {

struct WhitelistOptions {
    std::string by = "name";
    std::string selector = "auto";
    std::string widening = "none";
    bool include_sessions = false;
    std::filesystem::path decisions; ///< empty: the default file, where it is there
    RangeOptions range;

    void add_to(CLI::App& verb);
    /// Reads the decisions. Throws model::UsageError and model::SystemError.
    [[nodiscard]] analyzer::SuggestOptions parse() const;
    /// With these decisions in the place of the file's.
    [[nodiscard]] analyzer::SuggestOptions with(std::vector<model::Decision> decided) const;
    /// What was recorded in the time that was asked for. Throws model::UsageError where nothing was.
    [[nodiscard]] model::Record read(const std::filesystem::path& database) const;
};

} // namespace fwlearn::cli
