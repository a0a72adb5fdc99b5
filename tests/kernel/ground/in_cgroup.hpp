// While it lives, this process is in another cgroup, so that sockets that it makes are that cgroup's.
// Knows nothing of systemd. Used by kernel_verdicts.
#pragma once

#include <filesystem>
#include <string>

namespace fwlearn::kernel_test {

class InCgroup {
  public:
    /// `root` is where cgroup2 is mounted, `path` is below it; empty: it stays where it is.
    InCgroup(const std::filesystem::path& root, const std::string& path);
    ~InCgroup();
    InCgroup(const InCgroup&) = delete;
    InCgroup& operator=(const InCgroup&) = delete;

  private:
    std::filesystem::path before_; ///< empty: nowhere to go back to
};

} // namespace fwlearn::kernel_test
