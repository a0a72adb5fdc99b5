// The whitelist as the kernel has it (table inet fwlearn): what it was at one moment, in words that nft takes
// back, and another one put in its place. No other table is changed, but the one that primes conntrack, which
// goes with every change.
// Knows nothing of where a whitelist comes from, nor of confirming. Used by this room, and by cli's apply.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fwlearn::firewall {

/// A set that holds a unit's cgroup while the unit runs.
struct UnitSet {
    std::string set;
    std::string cgroup; ///< below the root of the cgroup2 hierarchy

    bool operator==(const UnitSet&) const = default;
};

struct WhitelistTable {
    /// `table inet fwlearn { ... }`, as nft lists it, counters and elements included; but sets of units are
    /// empty: a cgroup's number means nothing later, and nft cannot read back one that is gone.
    std::string text;
    /// Two tables with the same rules have the same: no handles, no counters, not what names and units stand
    /// for at the moment.
    std::string canonical;
    /// By the id that a rule's comment begins with: in how many lines it stands, one of the comments, and
    /// what is equal where it admits the same: an id says so only as long as nobody edits what stands below
    /// it.
    struct Lines {
        std::size_t count = 0;
        std::string comment;
        std::string content;
    };
    std::map<std::string, Lines> rules;
    std::size_t others = 0; ///< rules and elements of maps that decide something, and are not fwlearn's
    std::vector<UnitSet> units;
};

/// Nothing where there is no such table. Throws SystemError.
std::optional<WhitelistTable> read_whitelist_table();

/// Puts the text in the table's place, or with nothing takes the table away, in one transaction. Other tables
/// stay as they are, and where it was among them it stays. Units that run are put into their sets. From then
/// on this process looks users up in files alone. Throws SystemError, and then nothing has changed.
void replace_whitelist_table(const std::optional<std::string>& text, const std::vector<UnitSet>& units,
                             const std::filesystem::path& cgroup2_root);

} // namespace fwlearn::firewall
