// Configuration files of systemd's own programs: which files count, and the assignments of a section in them,
// as systemd.syntax(7) has it. Used by the readers of resolved.conf(5) and timesyncd.conf(5).
#pragma once

#include "host_files.hpp"
#include "text.hpp"

namespace fwlearn::collector::host::settings {

/// The main file and its drop-ins in the order in which they are read; `name`: resolved.conf.
std::vector<TextFile> systemd_files(HostFiles& files, const std::string& name);

struct SystemdSetting {
    std::uint32_t line = 0; ///< where it begins
    std::string key;
    std::string value; ///< with the lines that continue it
};
std::vector<SystemdSetting> systemd_settings(std::string_view text, std::string_view section);

} // namespace fwlearn::collector::host::settings
