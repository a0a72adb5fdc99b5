#include "box.hpp"

#include <cgroup_root.hpp>
#include <fcntl.h>
#include <ground/failure.hpp>
#include <poll.h>

#include <algorithm>
#include <array>
#include <csignal>
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

} // namespace

OwnCgroup::OwnCgroup()
    : path_(collector::process::cgroup2_root("/proc/self/mountinfo") /
            ("fwlearn-box-" + std::to_string(getpid()))) {
    fs::create_directory(path_);
}

OwnCgroup::~OwnCgroup() {
    wait_until_empty(path_);
    remove_tree(path_);
}

std::vector<std::string> nspawn(const OwnCgroup& cgroup, const fs::path& image,
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
                                     "--directory=" + image.string(),
                                     "--volatile=overlay",
                                     "--machine=fwlearn-box-" + std::to_string(getpid()),
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

Box::Box(const Lab& lab, const fs::path& image, const std::vector<Bind>& read_only,
         const std::vector<Bind>& writable)
    : lab_(lab) {
    Notification notification;
    auto command = nspawn(cgroup_, image, read_only, writable);
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

} // namespace fwlearn::kernel_test
