// Who may write by way of a group, and whose homes there are, from passwd(5) and group(5) below a root. Not
// through NSS, for the reason that users.hpp gives.
// Knows nothing of the files that are written to. Asked by the walk over a path and by program_files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace fwlearn::collector::host {

class Accounts {
  public:
    Accounts() = default;
    static Accounts read(const std::filesystem::path& root);

    /// Whether anybody but root and `owner` is in the group. A group that group(5) does not have may have
    /// anybody in it.
    [[nodiscard]] bool others_in(std::uint32_t gid, std::uint32_t owner) const;
    /// Of users with a number from 1000 to 59999 (those of people: Debian policy 9.2.2), without a slash at
    /// the end. The folders that every system has are nobody's home.
    [[nodiscard]] const std::vector<std::string>& homes() const { return homes_; }

  private:
    std::map<std::uint32_t, std::set<std::uint32_t>> members_; ///< of each group
    std::vector<std::string> homes_;
};

} // namespace fwlearn::collector::host
