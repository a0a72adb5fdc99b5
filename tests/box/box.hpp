// A whole Debian server, booted with systemd as its first process in the lab's server: a container of
// systemd-nspawn(1) with cgroups as on a server, on a throw-away layer above the image that make-image made.
// Knows nothing of what runs in it. Made by box_test.
#pragma once

#include <ground/netns.hpp>
#include <ground/notification.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fwlearn::kernel_test {

/// A cgroup of the test's own, gone with the object and with all that the box made below it.
class OwnCgroup {
  public:
    OwnCgroup();
    ~OwnCgroup();
    OwnCgroup(const OwnCgroup&) = delete;
    OwnCgroup& operator=(const OwnCgroup&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// A file or folder of this machine, and where it is in the container.
using Bind = std::pair<std::filesystem::path, std::string>;

/// The command line of systemd-nspawn(1) in that cgroup, to which options and what to run can be added.
std::vector<std::string> nspawn(const OwnCgroup& cgroup, const std::filesystem::path& image,
                                const std::vector<Bind>& read_only, const std::vector<Bind>& writable);

class Box {
  public:
    /// Returns when systemd says that it has started everything.
    Box(const Lab& lab, const std::filesystem::path& image, const std::vector<Bind>& read_only,
        const std::vector<Bind>& writable);
    ~Box();
    Box(const Box&) = delete;
    Box& operator=(const Box&) = delete;

    /// Runs a command in all the box's namespaces, to its end; throws unless it exits with 0. It is in none
    /// of the box's cgroups, as no process of a server is: let systemd start what is to send.
    std::string run(const std::vector<std::string>& command) const;
    /// Among the box's files, but in the lab's internet: somebody who logs in from outside.
    std::string run_outside(const std::vector<std::string>& command) const;

  private:
    std::string leader_; ///< its first process, as this machine numbers it
    const Lab& lab_;
    OwnCgroup cgroup_;
    std::unique_ptr<Process> process_;
};

} // namespace fwlearn::kernel_test
