// Two cgroups, of which one sees the BPF programs and the other does not: so a workload without and the same
// with them are milliseconds apart, and the machine as fast for the one as for the other. Knows nothing of
// what is measured. Used by attribution_cost and observed_cost.
#pragma once

#include <collector/process/cgroup_root.hpp>

#include <fcntl.h>
#include <ground/failure.hpp>
#include <ground/fd.hpp>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace fwlearn::bench {

/// A cgroup of the benchmark's own, gone with the object.
class Cgroup {
  public:
    Cgroup(const std::filesystem::path& parent, const char* name)
        : path_(parent / ("fwlearn-bench-" + std::to_string(getpid()) + "-" + name)) {
        std::filesystem::create_directory(path_);
        members_ = kernel_test::Fd(
            kernel_test::must(open((path_ / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC), "cgroup.procs"));
        home_ = kernel_test::Fd(
            kernel_test::must(open((parent / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC), "cgroup.procs"));
    }
    ~Cgroup() {
        move_to(home_);
        rmdir(path_.c_str());
    }
    Cgroup(const Cgroup&) = delete;
    Cgroup& operator=(const Cgroup&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Sockets that this process makes from now on belong to it.
    void enter() const { move_to(members_); }

  private:
    static void move_to(const kernel_test::Fd& members) {
        kernel_test::must(static_cast<int>(write(members.get(), "0", 1)), "cgroup.procs");
    }

    std::filesystem::path path_;
    kernel_test::Fd members_, home_;
};

/// What is loaded from now on, by this process or one that it starts, is attached to one of the two alone. It
/// takes whatever is mounted as the root of the hierarchy; in a mount namespace of our own that can be any
/// cgroup.
struct TwoCgroups {
    TwoCgroups() {
        kernel_test::must(unshare(CLONE_NEWNS), "unshare");
        kernel_test::must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount");
        kernel_test::must(mount(with.path().c_str(), root.c_str(), nullptr, MS_BIND, nullptr), "mount");
    }
    ~TwoCgroups() { umount2(root.c_str(), MNT_DETACH); }
    TwoCgroups(const TwoCgroups&) = delete;
    TwoCgroups& operator=(const TwoCgroups&) = delete;

    std::filesystem::path root = collector::process::cgroup2_root("/proc/self/mountinfo");
    Cgroup without{root, "without"};
    Cgroup with{root, "with"};
};

} // namespace fwlearn::bench
