#include "flow_storm.hpp"

#include "paired.hpp"

#include <ground/as_user.hpp>
#include <ground/endpoint.hpp>
#include <ground/failure.hpp>
#include <ground/process.hpp>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <cstring>
#include <ctime>

namespace fwlearn::bench {
namespace {

using kernel_test::Fd;
using kernel_test::Lab;
using kernel_test::must;
using Clock = std::chrono::steady_clock;

/// Of one socket: together they are one sendmmsg(2).
constexpr unsigned flows_of_a_socket = 64;
/// Source ports; with the turns of the destinations they make 15 million tuples before one comes again.
constexpr std::uint16_t first_port = 2048;
constexpr std::uint16_t ports = 60000;

class Sockets {
  public:
    explicit Sockets(std::uint64_t begun) : begun_(begun) {
        for (unsigned index = 0; index < FlowStorm::destinations; ++index) {
            constexpr std::uint16_t port = 5000;
            to_[index] = kernel_test::endpoint(Lab::internet_address(model::Family::ipv4, index % 512),
                                               static_cast<std::uint16_t>(port + index / 512));
        }
        payload_.iov_base = &octet_;
        payload_.iov_len = 1;
    }

    unsigned send(unsigned flows) {
        const Fd socket(must(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
        sockaddr_in from{};
        from.sin_family = AF_INET;
        from.sin_port = htons(static_cast<std::uint16_t>(first_port + begun_ % ports));
        constexpr int yes = 1;
        setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        must(bind(socket.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from), "bind"); // NOLINT
        const auto turn = (begun_ / ports) % (FlowStorm::destinations / flows_of_a_socket);
        for (unsigned index = 0; index < flows; ++index) {
            auto& place = to_.at((turn * flows_of_a_socket + index) % FlowStorm::destinations);
            messages_.at(index).msg_hdr = {.msg_name = &place.storage,
                                           .msg_namelen = place.size,
                                           .msg_iov = &payload_,
                                           .msg_iovlen = 1,
                                           .msg_control = nullptr,
                                           .msg_controllen = 0,
                                           .msg_flags = 0};
        }
        ++begun_;
        return static_cast<unsigned>(must(sendmmsg(socket.get(), messages_.data(), flows, 0), "sendmmsg"));
    }

  private:
    std::uint64_t begun_;
    char octet_ = 'x';
    iovec payload_{};
    std::array<kernel_test::Endpoint, FlowStorm::destinations> to_;
    std::array<mmsghdr, flows_of_a_socket> messages_{};
};

void wait_until(Clock::time_point then) {
    const auto since_boot = then.time_since_epoch(); // CLOCK_MONOTONIC
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
    const timespec until{static_cast<time_t>(seconds.count()),
                         std::chrono::duration_cast<std::chrono::nanoseconds>(since_boot - seconds).count()};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

Made send_all(std::uint64_t flows, double rate, std::uint64_t begun) {
    Sockets sockets(begun);
    Made made;
    const auto begin = Clock::now();
    while (made.flows < flows) {
        if (rate > 0) {
            const std::chrono::duration<double> due(static_cast<double>(made.flows) / rate);
            wait_until(begin + std::chrono::duration_cast<Clock::duration>(due));
        }
        made.flows += sockets.send(
            static_cast<unsigned>(std::min<std::uint64_t>(flows_of_a_socket, flows - made.flows)));
    }
    made.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return made;
}

} // namespace

FlowStorm::FlowStorm(const Lab& lab) : lab_(lab) {
    kernel_test::set_sysctl(lab.server(), "net/netfilter/nf_conntrack_udp_timeout", "1");
    kernel_test::must_run({"nft", "-f", "-"},
                          {.netns = lab.internet().name(),
                           .input =
                               "table inet silence {\nchain input {\ntype filter hook input priority -300; "
                               "policy drop;\nicmpv6 type 133-137 accept\n}\n}\n"});
}

Made FlowStorm::make(std::uint64_t flows, double rate) {
    void* const shared =
        mmap(nullptr, sizeof(Made), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) { // NOLINT
        kernel_test::fail("mmap");
    }
    const int pid = must(fork(), "fork");
    if (pid == 0) {
        try {
            const kernel_test::Inside inside(lab_.server());
            const kernel_test::AsUser as_user(model::SocketOwner::user(user, user));
            stay_on(0);
            const auto made = send_all(flows, rate, begun_);
            std::memcpy(shared, &made, sizeof made);
        } catch (const std::exception&) {
            _exit(1);
        }
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    Made made;
    std::memcpy(&made, shared, sizeof made);
    munmap(shared, sizeof made);
    begun_ += (flows + flows_of_a_socket - 1) / flows_of_a_socket;
    if (status != 0) {
        throw CannotSend("the flows could not be sent");
    }
    return made;
}

} // namespace fwlearn::bench
