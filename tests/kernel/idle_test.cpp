// Is a daemon still named when it sends for the first time after thousands of others have come and gone?
#include "ground/endpoint.hpp"
#include "ground/failure.hpp"
#include "ground/netns.hpp"
#include "ground/process.hpp"
#include "ground/temporary.hpp"
#include "sender/cgroup.hpp"

#include <collector/process/attributor.hpp>
#include <collector/sockets.hpp>

#include <bpf/shapes.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using collector::process::Attributor;

namespace {

constexpr std::uint16_t port = 1001;

/// A shell that has a socket and waits, below another one that only waits for it.
class Daemon {
  public:
    Daemon(const Cgroup& cgroup, const model::Address& to)
        : process_(
              {"sh", "-c",
               "bash -c 'echo 0 >\"$1/cgroup.procs\"; exec 4<>/dev/udp/$2/$3; : >\"$4\"; read -r <\"$5\"; "
               "echo x >&4' \"$@\"; :",
               "sh", "bash", cgroup.path(), to.to_string(), std::to_string(port), pipe("ready"),
               pipe("go")}) {
        const Fd ready(must(open((directory_.path() / "ready").c_str(), O_RDONLY | O_CLOEXEC), "open"));
        for (const auto& open : collector::connected_sockets()) {
            if (open.tuple.destination.address == to) {
                flow_ = open.tuple;
            }
        }
        REQUIRE(flow_.source_detail != 0);
    }

    /// Has it send, and end.
    void send() {
        {
            const Fd go(must(open((directory_.path() / "go").c_str(), O_WRONLY | O_CLOEXEC), "open"));
            REQUIRE(write(go.get(), "\n", 1) == 1);
        }
        REQUIRE(process_.wait() == 0);
    }
    [[nodiscard]] const collector::Tuple& flow() const { return flow_; }

  private:
    std::string pipe(const char* name) const {
        auto path = (directory_.path() / name).string();
        must(mkfifo(path.c_str(), 0600), "mkfifo");
        return path;
    }

    TemporaryDirectory directory_;
    Process process_;
    collector::Tuple flow_;
};

/// Programs that are run, one after the other. The kernel spares once what was used since it was filed.
void run_programs(const Cgroup& /*above*/, const std::function<void(int)>& between) {
    const char* arguments[] = {FWLEARN_SENDER, nullptr}; // NOLINT: posix_spawn(3)
    for (int i = 0; i < 3 * FWLEARN_IMAGES; ++i) {
        pid_t pid = 0;
        REQUIRE(posix_spawn(&pid, FWLEARN_SENDER, nullptr, nullptr, const_cast<char**>(arguments), // NOLINT
                            nullptr) == 0);
        must(waitpid(pid, nullptr, 0), "waitpid");
        between(i);
    }
}

/// Cgroups in each of which somebody makes a socket.
void use_cgroups(const Cgroup& above, const std::function<void(int)>& between) {
    const auto enter = [](const std::string& cgroup) {
        const Fd members(must(open((cgroup + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC), "open"));
        REQUIRE(write(members.get(), "0", 1) == 1);
    };
    const auto root = std::filesystem::path(above.path()).parent_path().string();
    for (int i = 0; i < 3 * FWLEARN_CGROUPS; ++i) {
        const auto cgroup = above.path() + "/" + std::to_string(i);
        std::filesystem::create_directory(cgroup);
        enter(cgroup);
        { const Fd made(must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")); }
        enter(root);
        must(rmdir(cgroup.c_str()), "rmdir");
        between(i);
    }
}

/// `kept`: the observer looks after who lives, as it does every second. Not: others come and go between two
/// of its looks.
void send_after(void (*others)(const Cgroup&, const std::function<void(int)>&), bool kept) {
    const Lab lab;
    const Cgroup cgroup;
    const Inside inside(lab.server());
    Attributor attributor(model::AttributionMeans::bpf);
    REQUIRE_MESSAGE(attributor.means() == model::AttributionMeans::bpf, attributor.why_not_better());
    Daemon daemon(cgroup, Lab::internet_address(model::Family::ipv4, 1));
    others(cgroup, [&](int number) {
        if (kept && number % 500 == 0) {
            attributor.keep_living();
        }
    });
    daemon.send();
    const auto sighting = attributor.find(daemon.flow());
    REQUIRE(sighting);
    CHECK(sighting->attribution == model::Attribution::exact);
    const auto lineage = attributor.lineage(sighting->actor);
    REQUIRE(lineage);
    CHECK(lineage->cgroup.raw_bytes() == cgroup.name());
    CHECK(lineage->process.exe.raw_bytes() == std::filesystem::canonical("/bin/bash").string());
    CHECK(lineage->process.arguments.size() == 9);
    REQUIRE(!lineage->ancestors.empty());
    // Between two looks only what sends is captured again.
    CHECK((!kept || lineage->ancestors[0].exe.raw_bytes() == std::filesystem::canonical("/bin/sh").string()));
}

} // namespace

TEST_CASE("a daemon that sends for the first time after thousands of programs have come and gone is named") {
    SUBCASE("which the observer saw come") {
        send_after(run_programs, true);
    }
    SUBCASE("between two looks of the observer") {
        send_after(run_programs, false);
    }
}

TEST_CASE(
    "a daemon that sends for the first time after thousands of cgroups have come and gone has its own") {
    SUBCASE("which the observer saw come") {
        send_after(use_cgroups, true);
    }
    SUBCASE("between two looks of the observer") {
        send_after(use_cgroups, false);
    }
}
