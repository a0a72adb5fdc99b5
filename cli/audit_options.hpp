// What is audited, and against what: the options that `audit` and `learn-more` share.
// Private to this room.
#pragma once

#include "context.hpp"
#include "range_options.hpp"

#include <firewall/state_directory.hpp>
#include <model/record.hpp>
#include <model/whitelist.hpp>

namespace fwlearn::cli {

struct AuditOptions {
    RangeOptions range;
    std::filesystem::path against; ///< empty: the whitelist in force, else what the record suggests
    std::filesystem::path state = firewall::StateDirectory::usual;
    std::filesystem::path decisions; ///< empty: the default file, where it is there

    void add_to(CLI::App& verb);

    [[nodiscard]] std::filesystem::path last_audit() const { return state / "last-audit"; }

    /// Says on stderr where they are none that are in force.
    [[nodiscard]] std::vector<model::Rule> rules(Context& context) const;
};

} // namespace fwlearn::cli
