#include "listener.hpp"

#include "family.hpp"
#include "paired.hpp"

#include <fcntl.h>
#include <ground/failure.hpp>
#include <ground/process.hpp>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace fwlearn::bench {
namespace {

using kernel_test::must;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int netlink_netfilter = 12; // <linux/netlink.h>

/// The file systems and programs of others tell nobody when they are ready: they are asked every 10 ms.
void wait_for(const char* what, const std::function<bool()>& condition, Clock::duration limit = 30s) {
    for (const auto end = Clock::now() + limit; !condition(); poll(nullptr, 0, 10)) {
        if (Clock::now() > end) {
            throw std::runtime_error(std::string("waited in vain for ") + what);
        }
    }
}

} // namespace

Listener::Listener(const kernel_test::Lab& lab, const Kind& kind, const ShareOfACpu* share)
    : lab_(lab), kind_(kind) {
    kind_.prepare();
    if (!kind_.rules.empty()) {
        kernel_test::must_run({"nft", "-f", "-"}, {.netns = lab.server().name(), .input = kind_.rules});
    }
    // Whoever loses his parent becomes a child of this process, which sums up what all of them cost.
    must(prctl(PR_SET_CHILD_SUBREAPER, 1), "PR_SET_CHILD_SUBREAPER");
    pid_ = must(fork(), "fork");
    if (pid_ == 0) {
        try {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            const kernel_test::Inside inside(lab.server());
            stay_on(1);
            if (share != nullptr) {
                share->enter();
            }
            if (!kind_.chroot.empty()) {
                must(chroot(kind_.chroot.c_str()), "chroot");
                must(chdir("/"), "chdir");
            }
            const int nothing = open("/dev/null", O_RDWR);
            dup2(nothing, STDIN_FILENO);
            if (std::getenv("FWLEARN_BENCH_VERBOSE") == nullptr) {
                dup2(nothing, STDERR_FILENO);
                dup2(nothing, STDOUT_FILENO);
            }
            std::vector<char*> arguments;
            for (const auto& word : kind_.command) {
                arguments.push_back(const_cast<char*>(word.c_str())); // NOLINT: not written to
            }
            arguments.push_back(nullptr);
            for (const auto& [name, value] : kind_.environment) {
                setenv(name.c_str(), value.c_str(), 1);
            }
            execvp(arguments[0], arguments.data());
        } catch (const std::exception&) {
        }
        _exit(127);
    }
    const std::string base = "/proc/" + std::to_string(pid_);
    wait_for((kind_.name + " to listen").c_str(), [&] {
        int status = 0;
        if (waitpid(pid_, &status, WNOHANG) == pid_) {
            pid_ = -1;
            throw std::runtime_error(kind_.name + " ended before it listened");
        }
        if (kind_.group == 0) {
            return waiting() != ~std::uint64_t{0};
        }
        std::ifstream groups(base + "/net/netfilter/nfnetlink_log");
        for (std::string line; std::getline(groups, line);) {
            unsigned group = 0;
            std::istringstream(line) >> group;
            if (group == kind_.group) {
                return true;
            }
        }
        return false;
    });
    if (!kind_.own_table.empty()) {
        wait_for((kind_.name + "'s rules").c_str(), [&] {
            return kernel_test::run({"nft", "list", "table", "inet", kind_.own_table},
                                    {.netns = lab.server().name()})
                       .status == 0;
        });
    }
    // What it does once more when it has begun to listen is its start.
    for (double before = -1, now = processor_seconds(pid_); now - before > 0.005;) {
        poll(nullptr, 0, 500);
        before = std::exchange(now, processor_seconds(pid_));
    }
    at_ready_ = processor_seconds(pid_);
}

void Listener::begin_to_count() {
    at_ready_ = processor_seconds(pid_);
}

void Listener::wait_until_read() const {
    wait_for((kind_.name + " to read").c_str(), [this] { return waiting() == 0; }, 600s);
}

/// Octets in the receive buffers of netfilter's netlink sockets in the namespace; all ones where there is
/// none.
std::uint64_t Listener::waiting() const {
    std::ifstream sockets("/proc/" + std::to_string(pid_) + "/net/netlink");
    std::string line;
    std::getline(sockets, line);
    std::uint64_t sum = ~std::uint64_t{0};
    while (std::getline(sockets, line)) {
        std::istringstream fields(line);
        std::string address, groups;
        int protocol = 0;
        std::uint64_t port = 0, received = 0;
        fields >> address >> protocol >> port >> groups >> received;
        if (protocol == netlink_netfilter) {
            sum = (sum == ~std::uint64_t{0} ? 0 : sum) + received;
        }
    }
    return sum;
}

Listener::Cost Listener::stop() {
    // What the kernel holds back it sends after a second (ulogd's and libnetfilter_log's default) at the
    // latest.
    constexpr auto held_back = 1100ms;
    poll(nullptr, 0, static_cast<int>(held_back.count()));
    wait_until_read();
    auto family = family_of(pid_);
    family.erase(pid_);
    // Not what its end costs: fwlearn then asks conntrack for all that has expired and was not collected yet,
    // which is as much as had begun before this was counted, and collecting it is the kernel's work.
    Cost cost{.processor_seconds = processor_seconds(pid_) - at_ready_};
    const auto take = [](int pid) { // false: it still runs
        int status = 0;
        return waitpid(pid, &status, WNOHANG) != 0;
    };
    ::kill(pid_, kind_.end_signal);
    wait_for((kind_.name + " to end").c_str(), [&] { return take(pid_); }, 120s);
    pid_ = -1;
    // Those that it has not waited for are this process's children now, and the others are in its own sum.
    wait_for((kind_.name + "'s children to end").c_str(), [&] {
        std::erase_if(family, take);
        return family.empty();
    });
    cost.kept = kind_.kept();
    return cost;
}

Listener::~Listener() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    if (!kind_.rules.empty()) {
        kernel_test::run({"nft", "delete", "table", "inet", "bench"}, {.netns = lab_.server().name()});
    }
}

} // namespace fwlearn::bench
