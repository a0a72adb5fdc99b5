// A whole Debian server, booted with systemd as its first process in the lab's server: a container of
// systemd-nspawn(1) with cgroups as on a server, on a layer above the image that make-image made, which is
// thrown away or outlives it. Knows nothing of what runs in it. Made by box_test, whitelist_test,
// lockdown_test and health_test.
#pragma once

#include <ground/netns.hpp>
#include <ground/notification.hpp>
#include <ground/temporary.hpp>

#include <filesystem>
#include <functional>
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

/// A writable layer above an image, in memory, that keeps what boxes change on it: what a server finds again
/// after a reboot. Gone with the object; no box may be on it then.
class Layer {
  public:
    explicit Layer(const std::filesystem::path& image);
    ~Layer();
    Layer(const Layer&) = delete;
    Layer& operator=(const Layer&) = delete;
    /// The server's files, also while a box runs on them.
    [[nodiscard]] std::filesystem::path root() const { return memory_.path() / "root"; }

  private:
    TemporaryDirectory memory_;
};

/// The command line of systemd-nspawn(1) in that cgroup, to which options and what to run can be added.
std::vector<std::string> nspawn(const OwnCgroup& cgroup, const std::filesystem::path& root,
                                const std::vector<Bind>& read_only, const std::vector<Bind>& writable);

class Box {
  public:
    /// Returns when systemd says that it has started everything. What it changes is thrown away.
    Box(const Lab& lab, const std::filesystem::path& image, const std::vector<Bind>& read_only,
        const std::vector<Bind>& writable);
    /// What it changes stays on the layer.
    Box(const Lab& lab, const Layer& layer, const std::vector<Bind>& read_only);
    ~Box();
    Box(const Box&) = delete;
    Box& operator=(const Box&) = delete;

    /// Runs a command in all the box's namespaces, to its end; throws unless it exits with 0. It is in none
    /// of the box's cgroups, as no process of a server is: let systemd start what is to send.
    std::string run(const std::vector<std::string>& command) const;
    /// Among the box's files, but in the lab's internet: somebody who logs in from outside.
    std::string run_outside(const std::vector<std::string>& command) const;

    /// Somebody logs in from outside as this user, and runs a command.
    void log_in(const std::string& user, const std::string& command) const;

  private:
    Box(const Lab& lab, const std::function<std::vector<std::string>(const OwnCgroup&)>& command_in);

    std::string leader_; ///< its first process, as this machine numbers it
    const Lab& lab_;
    OwnCgroup cgroup_;
    std::unique_ptr<Process> process_;
};

} // namespace fwlearn::kernel_test
