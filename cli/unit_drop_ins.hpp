// Which units of a whitelist nothing puts into their sets when they start: those for which systemd has no
// drop-in that names the set (suggest -o systemd). Only reads files. Private to this room; used by apply.
#pragma once

#include <firewall/whitelist_table.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace fwlearn::cli {

/// The units' names, ascending, none twice. Looks below `root` where systemd.unit(5) says that units of the
/// system's manager and their drop-ins are, the template's for an instance.
std::vector<std::string> units_without_drop_in(const std::vector<firewall::UnitSet>& units,
                                               const std::filesystem::path& root);

} // namespace fwlearn::cli
