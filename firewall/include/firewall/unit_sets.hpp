// The sets of a loaded whitelist that hold the cgroups of units (table inet fwlearn, as suggest -o nft prints
// them): filled with those of units that run now, for those that started before the table was loaded. What
// starts later is put in by systemd (suggest -o systemd). Used by cli's refresh.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fwlearn::firewall {

/// The path below the root of the cgroup2 hierarchy that a set's comment stands for. Nothing where it was
/// cut, or is none of systemd's.
std::optional<std::string> cgroup_of_comment(std::string_view comment);

struct FilledUnits {
    std::size_t running = 0;          ///< sets that hold the cgroup of their unit now
    std::size_t stopped = 0;          ///< that are empty, because there is no such cgroup
    std::vector<std::string> unknown; ///< sets that do not say whose they are; left as they are
};

/// A cgroup that a set had before, of a run that has ended, is gone from it. What a unit that starts
/// meanwhile is given by systemd stays. `cgroup2_root` has to be at or below /sys/fs/cgroup, where nft looks.
/// Throws SystemError.
FilledUnits fill_unit_sets(const std::filesystem::path& cgroup2_root);

} // namespace fwlearn::firewall
