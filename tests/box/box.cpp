#include "box.hpp"

#include <collector/process/cgroup_root.hpp>

#include <fcntl.h>
#include <ground/failure.hpp>
#include <poll.h>
#include <sys/mount.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>

namespace fwlearn::kernel_test {
namespace {

namespace fs = std::filesystem;

/// The deepest first: rmdir(2) removes a cgroup that has none below it.
void remove_tree(const fs::path& cgroup) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(cgroup, ignored)) {
        if (entry.is_directory(ignored)) {
            remove_tree(entry.path());
        }
    }
    fs::remove(cgroup, ignored);
}

/// Until nobody is left in it (cgroups(7), cgroup.events).
void wait_until_empty(const fs::path& cgroup) {
    const auto file = cgroup / "cgroup.events";
    while (true) {
        const Fd events(open(file.c_str(), O_RDONLY | O_CLOEXEC));
        std::array<char, 256> text{};
        if (events.get() < 0 || read(events.get(), text.data(), text.size() - 1) <= 0 ||
            std::string_view(text.data()).find("populated 0") != std::string_view::npos) {
            return;
        }
        pollfd changed{events.get(), POLLPRI, 0};
        constexpr int patience = 30000;
        if (poll(&changed, 1, patience) <= 0) {
            return;
        }
    }
}

std::string leader_in(const std::string& said) {
    constexpr std::string_view label = "X_NSPAWN_LEADER_PID=";
    const auto at = said.find(label);
    if (at == std::string::npos) {
        throw std::runtime_error("systemd-nspawn does not tell its leader: " + said);
    }
    const auto begin = at + label.size();
    return said.substr(begin, said.find('\n', begin) - begin);
}

constexpr std::string_view name_of_boxes = "fwlearn-box-";

/// Several boxes may run at once.
std::string unique_name() {
    static std::atomic<unsigned> made = 0;
    return std::string(name_of_boxes) + std::to_string(getpid()) + "-" + std::to_string(made++);
}

/// A test that was killed leaves its box running.
void end_those_of_the_dead(const fs::path& root) {
    std::vector<fs::path> left;
    for (const auto& entry : fs::directory_iterator(root)) {
        const auto name = entry.path().filename().string();
        if (name.starts_with(name_of_boxes) &&
            ::kill(static_cast<pid_t>(std::strtol(name.c_str() + name_of_boxes.size(), nullptr, 10)), 0) !=
                0 &&
            errno == ESRCH) {
            left.push_back(entry.path());
        }
    }
    for (const auto& cgroup : left) {
        std::ofstream(cgroup / "cgroup.kill") << 1 << std::flush; // all that is below, too (cgroups(7))
        wait_until_empty(cgroup);
        remove_tree(cgroup);
    }
}

} // namespace

OwnCgroup::OwnCgroup() : path_(collector::process::cgroup2_root("/proc/self/mountinfo") / unique_name()) {
    end_those_of_the_dead(path_.parent_path());
    fs::create_directory(path_);
}

OwnCgroup::~OwnCgroup() {
    wait_until_empty(path_);
    remove_tree(path_);
}

Layer::Layer(const fs::path& image) {
    must(mount("tmpfs", memory_.path().c_str(), "tmpfs", 0, "mode=0755"), "mount a tmpfs");
    for (const auto* folder : {"root", "upper", "work"}) {
        fs::create_directory(memory_.path() / folder);
    }
    const auto options = "lowerdir=" + image.string() + ",upperdir=" + (memory_.path() / "upper").string() +
                         ",workdir=" + (memory_.path() / "work").string();
    must(mount("overlay", root().c_str(), "overlay", 0, options.c_str()), "mount an overlay");
}

Layer::~Layer() {
    umount2(root().c_str(), MNT_DETACH);
    umount2(memory_.path().c_str(), MNT_DETACH);
}

std::vector<std::string> nspawn(const OwnCgroup& cgroup, const fs::path& root,
                                const std::vector<Bind>& read_only, const std::vector<Bind>& writable) {
    std::vector<std::string> command{"sh",
                                     "-c",
                                     "echo $$ >\"$0\" && exec \"$@\"",
                                     (cgroup.path() / "cgroup.procs").string(),
                                     "env",
                                     "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1",
                                     "systemd-nspawn",
                                     "--quiet",
                                     "--notify-ready=yes",
                                     "--register=no",
                                     "--keep-unit",
                                     "--directory=" + root.string(),
                                     "--machine=" + cgroup.path().filename().string(),
                                     "--console=pipe",
                                     "--resolv-conf=off",
                                     "--timezone=off",
                                     "--link-journal=no"};
    for (const auto& [from, to] : read_only) {
        command.push_back("--bind-ro=" + from.string() + ":" + to);
    }
    for (const auto& [from, to] : writable) {
        command.push_back("--bind=" + from.string() + ":" + to);
    }
    return command;
}

Box::Box(const Lab& lab, const std::function<std::vector<std::string>(const OwnCgroup&)>& command_in)
    : lab_(lab) {
    Notification notification;
    auto command = command_in(cgroup_);
    for (const auto& option :
         {std::string("--boot"), "--network-namespace-path=/var/run/netns/" + lab.server().name(),
          // As on a server, but for the clock, which is this machine's.
          std::string("--capability=all"), std::string("--drop-capability=CAP_SYS_TIME"),
          std::string("--system-call-filter=bpf")}) {
        command.push_back(option);
    }
    process_ =
        std::make_unique<Process>(command, Setting{.environment = {{"NOTIFY_SOCKET", notification.path()}}});
    leader_ = leader_in(notification.wait_until_ready(*process_));
}

Box::Box(const Lab& lab, const fs::path& image, const std::vector<Bind>& read_only,
         const std::vector<Bind>& writable)
    : Box(lab, [&](const OwnCgroup& cgroup) {
          auto command = nspawn(cgroup, image, read_only, writable);
          command.emplace_back("--volatile=overlay");
          return command;
      }) {}

Box::Box(const Lab& lab, const Layer& layer, const std::vector<Bind>& read_only)
    : Box(lab, [&](const OwnCgroup& cgroup) { return nspawn(cgroup, layer.root(), read_only, {}); }) {}

Box::~Box() {
    try {
        process_->signal(SIGTERM); // systemd-nspawn(1), --kill-signal: an orderly end
        process_->wait(std::chrono::seconds(60));
    } catch (const std::exception&) {
        // ~Process() kills it, and with it the box.
    }
    process_.reset();
}

std::string Box::run(const std::vector<std::string>& command) const {
    std::vector<std::string> entered{"nsenter",
                                     "-t",
                                     leader_,
                                     "-a",
                                     "env",
                                     "-i",
                                     "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
    entered.insert(entered.end(), command.begin(), command.end());
    return must_run(entered);
}

std::string Box::run_outside(const std::vector<std::string>& command) const {
    std::vector<std::string> entered{"nsenter",
                                     "-t",
                                     leader_,
                                     "--mount",
                                     "--net=/var/run/netns/" + lab_.internet().name(),
                                     "env",
                                     "-i",
                                     "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
    entered.insert(entered.end(), command.begin(), command.end());
    return must_run(entered);
}

void Box::log_in(const std::string& user, const std::string& command) const {
    run_outside({"ssh", "-i", "/root/key", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
                 user + "@192.0.2.10", command});
}

} // namespace fwlearn::kernel_test
