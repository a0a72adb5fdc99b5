// A cgroup for what a test starts, so that it is nobody else's. Used by the tests that start senders.
#pragma once

#include <collector/process/cgroup_root.hpp>

#include <unistd.h>

#include <filesystem>
#include <string>

namespace fwlearn::kernel_test {

/// A cgroup of the test's own, gone with the object.
class Cgroup {
  public:
    Cgroup()
        : name_("/fwlearn-test-" + std::to_string(getpid())),
          path_(collector::process::cgroup2_root("/proc/self/mountinfo").string() + name_) {
        std::filesystem::create_directory(path_);
    }
    ~Cgroup() { rmdir(path_.c_str()); }
    Cgroup(const Cgroup&) = delete;
    Cgroup& operator=(const Cgroup&) = delete;
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string name_;
    std::string path_;
};

} // namespace fwlearn::kernel_test
