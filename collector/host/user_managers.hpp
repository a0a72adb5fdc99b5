// Whose systemd managers may run units of their own: of users that linger, and of those who have units below
// their home. Homes are their owners': nothing there is trusted to answer.
// Knows nothing of timers. Used by the schedules and the ledger.
#pragma once

#include "accounts.hpp"
#include "path_walk.hpp"
#include "settings/host_files.hpp"

#include <model/foreign_text.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace fwlearn::collector::host {

struct UserManager {
    std::uint32_t uid = 0;
    model::ForeignText name;
    bool lingers = false; ///< from the host's start on (loginctl(1)), not only while he is logged in
    std::string data;     ///< the folder of what his manager keeps: stamps of timers
    std::vector<std::string> folders; ///< of his units, what is found first counting
};

/// Folders of units that every user's manager looks at.
std::vector<std::string> common_user_unit_folders();

/// In order of passwd(5), each number once.
std::vector<UserManager> user_managers(const std::filesystem::path& root, const settings::HostFiles& files,
                                       const PathWalk& walk);

} // namespace fwlearn::collector::host
