// What is written down of a whitelist, and whether the kernel has it. Reads both and changes neither.
// Called by cli's status and confirm.
#pragma once

#include "firewall/applied.hpp"

namespace fwlearn::firewall {

struct WhitelistState {
    enum class Written : std::uint8_t {
        unknown,   ///< the state folder may not be read, or what is in it is damaged
        none,      ///< nothing is applied
        waiting,   ///< applied, and not confirmed yet
        confirmed, ///< applied and confirmed
    };
    enum class Live : std::uint8_t {
        unknown,   ///< the kernel may not be asked, or it is in another network namespace
        as_loaded, ///< the table is what was loaded
        changed,   ///< another program has made something else of it
        missing,   ///< there is no such table
    };

    Written written = Written::none;
    Live live = Live::unknown;
    std::chrono::milliseconds left{0}; ///< until what waits is taken back; none, where the time is over
    AtBoot at_boot = AtBoot::open;     ///< of what is confirmed
    /// Why the last one that was applied was taken back, where nothing was confirmed after that; printable.
    std::string taken_back;
    /// Why it is not known what is written down, one printable line; empty where it may not be read.
    std::string damage;
};

/// Never throws: what cannot be read is unknown.
WhitelistState whitelist_state(const std::filesystem::path& directory);

/// Printable; empty where nothing was taken back, or something was confirmed since. Throws SystemError.
std::string why_taken_back(const StateDirectory& directory);

} // namespace fwlearn::firewall
