#include "senders.hpp"

#include "../ground/failure.hpp"
#include "../ground/netns.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace fwlearn::kernel_test {
namespace {

constexpr int at_a_time = 64;

void enter(const std::string& cgroup) {
    const int procs = open((cgroup + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
    if (procs < 0 || write(procs, "0", 1) != 1) {
        _exit(6);
    }
    close(procs);
}

/// In a process of its own, which no exception may leave.
[[noreturn]] void start_all(const std::string& program, const SenderKind& kind,
                            const std::vector<PlannedSender>& planned, const std::string& cgroup, int said) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    enter(cgroup);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    for (int fd = 0; fd < 3; ++fd) {
        posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
    }
    posix_spawn_file_actions_adddup2(&files, said, 3);
    int running = 0;
    int failed = 0;
    const auto reap = [&] {
        int status = 0;
        if (wait(&status) > 0) {
            --running;
            failed += status == 0 ? 0 : 1;
        }
    };
    for (std::size_t index = 0; index < planned.size(); ++index) {
        const auto& one = planned[index];
        const std::string number = std::to_string(index);
        const std::string uid = std::to_string(one.uid);
        const std::string address = one.destination.address.to_string();
        const std::string port = std::to_string(one.number);
        const char* arguments[] = {program.c_str(), kind.name,    number.c_str(), uid.c_str(),
                                   address.c_str(), port.c_str(), nullptr}; // NOLINT: posix_spawn(3)
        pid_t pid = 0;
        if (posix_spawn(&pid, program.c_str(), &files, nullptr, const_cast<char**>(arguments), environ) ==
            0) { // NOLINT
            ++running;
        } else {
            ++failed;
        }
        while (running >= at_a_time) {
            reap();
        }
    }
    while (running > 0) {
        reap();
    }
    _exit(failed == 0 ? 0 : 1);
}

} // namespace

const std::vector<SenderKind>& sender_kinds() {
    using model::Family;
    namespace p = model::protocol;
    static const std::vector<SenderKind> kinds{
        {"tcp", p::tcp},
        {"tcp6", p::tcp, Family::ipv6},
        {"tcp_nonblocking", p::tcp},
        {"tcp_fast_open", p::tcp},
        {"mptcp", p::tcp},
        {"udp", p::udp},
        {"udp6", p::udp, Family::ipv6},
        {"udp_connected", p::udp},
        {"udp_lite", p::udplite},
        {"ipv4_mapped", p::udp},
        {"ping", p::icmp},
        {"ping6", p::icmpv6, Family::ipv6},
        {"raw_icmp", p::icmp, Family::ipv4, false},
        {"raw_253", model::Protocol{253}, Family::ipv6, false},
        {"io_uring", p::tcp},
        {"io_uring_polled", p::udp},
        {"inherited", p::udp, Family::ipv4, true, "", true},
        {"passed", p::udp, Family::ipv4, true, "", true},
        {"double_fork", p::udp},
        {"mount_namespace", p::udp},
        {"bash", p::tcp, Family::ipv4, true, "/usr/bin/bash"},
        {"python", p::udp, Family::ipv4, true, "/usr/bin/python3"},
    };
    return kinds;
}

std::vector<PlannedSender> plan_senders(std::size_t kind, std::size_t count) {
    constexpr std::uint32_t users[] = {0, 1001, 1002, 33, 65534}; // NOLINT
    constexpr std::uint16_t first_port = 10'000;
    constexpr std::uint8_t echo = 8;
    constexpr std::uint8_t echo6 = 128;
    const auto& way = sender_kinds().at(kind);
    std::vector<PlannedSender> planned;
    for (std::size_t i = 0; i < count; ++i) {
        const auto place = way.family == model::Family::ipv4 ? (i + 37 * kind) % 512 : i + 2'500 * kind;
        PlannedSender one;
        one.uid = way.any_user ? users[i % std::size(users)] : 0;
        one.number = static_cast<std::uint16_t>(first_port + i);
        one.destination.address = Lab::internet_address(way.family, static_cast<unsigned>(place));
        one.destination.service = {way.protocol, 0};
        if (way.protocol.has_ports()) {
            one.destination.service.detail = one.number;
        } else if (way.protocol.is_icmp()) {
            one.destination.service =
                model::Service::icmp(way.protocol, way.family == model::Family::ipv4 ? echo : echo6, 0);
        }
        planned.push_back(one);
    }
    return planned;
}

Senders::Senders(const std::string& program, const SenderKind& kind,
                 const std::vector<PlannedSender>& planned, const std::string& cgroup) {
    int ends[2] = {}; // NOLINT: pipe(2)
    must(pipe2(ends, O_CLOEXEC | O_NONBLOCK), "pipe2");
    said_ = Fd(ends[0]);
    const Fd writing(ends[1]);
    must(fcntl(writing.get(), F_SETFL, 0), "fcntl"); // senders wait for room
    starter_ = must(fork(), "fork");
    if (starter_ == 0) {
        start_all(program, kind, planned, cgroup, writing.get());
    }
}

Senders::~Senders() {
    int status = 0;
    waitpid(starter_, &status, 0);
}

} // namespace fwlearn::kernel_test
