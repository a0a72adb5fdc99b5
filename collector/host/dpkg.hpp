// Which package brought a file, from dpkg's own lists below a root; runs no dpkg. Reads all lists in one
// pass for as many paths as are asked for.
// Knows nothing of processes. Used by program_files.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace fwlearn::collector::host {

/// The packages that ship `paths`; those that no package ships are left out. Where /bin and its like are
/// links into /usr, either spelling finds the other. Diversions count: dpkg-divert(1).
std::map<std::string, std::string> packages_of(const std::filesystem::path& root,
                                               const std::set<std::string>& paths);

/// When dpkg last changed anything; the least value where there is no dpkg.
std::filesystem::file_time_type dpkg_changed(const std::filesystem::path& root);

} // namespace fwlearn::collector::host
