// Where a path leads, folder by folder as the kernel would go, and who could have led it elsewhere. Below a
// root that no link leads out of. The path may be any process's own words: nothing is opened that a device or
// a FIFO would notice, no file system is mounted for it, and none is asked that somebody else answers for.
// Knows nothing of processes and packages. Used by program_files.
#pragma once

#include "accounts.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace fwlearn::collector::host {

struct Place {
    std::string path; ///< without links, as far as it is there; then as it was given
    bool found = false;
    std::optional<std::uint32_t> owner; ///< as model::ProgramFile has them
    bool writable_by_others = false;
};

class PathWalk {
  public:
    PathWalk(const std::filesystem::path& root, const Accounts& accounts);
    ~PathWalk();
    PathWalk(const PathWalk&) = delete;
    PathWalk& operator=(const PathWalk&) = delete;

    /// `path` from the root on; anything else is nowhere.
    [[nodiscard]] Place follow(const std::string& path) const;

  private:
    class Steps;

    int root_ = -1;
    const Accounts& accounts_;
    /// Devices of file systems whose answers are a program's or another machine's, and may never come.
    std::set<std::uint64_t> foreign_;
};

} // namespace fwlearn::collector::host
