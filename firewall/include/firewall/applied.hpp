// What was applied, as it is written down before it is loaded: all that is needed to take it back, to confirm
// it, and to load it at the next boot.
// Plain data, and its form in a file. Used by this room and by cli.
#pragma once

#include "firewall/state_directory.hpp"
#include "firewall/whitelist_table.hpp"

#include <cstdint>

namespace fwlearn::firewall {

/// What becomes of this host at boot where the confirmed whitelist cannot be loaded.
enum class AtBoot : std::uint8_t {
    open,   ///< no table: everything may leave
    closed, ///< the fixed parts alone
    off,    ///< nothing is loaded at boot at all
};

struct Applied {
    std::string token; ///< by which its way back knows it
    std::string boot;  ///< /proc/sys/kernel/random/boot_id: clocks and tables do not outlive it
    std::uint64_t netns = 0;
    /// Not confirmed by then, it is taken back. CLOCK_BOOTTIME, which nobody can step.
    std::chrono::milliseconds deadline{};
    std::string text;                  ///< the table that is loaded
    std::string canonical;             ///< as WhitelistTable has it, by which it is known again
    std::vector<UnitSet> units;        ///< its sets of units
    std::optional<std::string> before; ///< the table that was there; nothing: none was
    std::string before_canonical;
    std::vector<UnitSet> before_units;
    std::filesystem::path cgroup_root;
    std::string document; ///< what suggest -o json prints of it
    AtBoot at_boot = AtBoot::open;
    std::string previous; ///< the file of what was confirmed before it; empty: nothing was
};

/// Whether it may be in force, or on the way back, where this process cannot see it: in another network
/// namespace of this boot, in which some process is. One in which there is none (a container that was started
/// anew) went with what was in it.
[[nodiscard]] bool is_elsewhere(const Applied& applied);
/// Whether it went with the boot or the network namespace that it was applied in.
[[nodiscard]] bool is_gone(const Applied& applied);

inline constexpr const char* armed_file = "armed.json";         ///< applied, and not confirmed yet
inline constexpr const char* confirmed_file = "confirmed.json"; ///< applied and confirmed
inline constexpr const char* boot_file = "whitelist.nft";       ///< what is loaded at boot
inline constexpr const char* document_file = "whitelist.json";  ///< and what it says, for reading
inline constexpr const char* taken_back_file = "taken-back.json";

/// "open", "closed", "off": as `confirm --at-boot` takes it.
const char* to_word(AtBoot choice);

std::string to_text(const Applied& applied);
/// Nothing where there is no such file. Throws SystemError, also where it is not understood.
std::optional<Applied> read_applied(const StateDirectory& directory, const std::string& file);
/// What is applied and not confirmed; nothing where there is none, and where it cannot be read.
std::optional<Applied> armed_if_readable(const StateDirectory& directory);
/// Whether somebody has confirmed this, taken it back, or applied another since. What is lost or cannot be
/// read says nothing of the kind.
bool is_over(const StateDirectory& directory, const std::string& token);

/// Of this machine, at this moment.
std::string boot_id();
std::uint64_t network_namespace();
std::chrono::milliseconds since_boot();
/// 32 hexadecimal digits that nobody can guess.
std::string new_token();

} // namespace fwlearn::firewall
