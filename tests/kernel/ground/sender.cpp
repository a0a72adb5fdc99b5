#include "sender.hpp"

#include "as_user.hpp"
#include "endpoint.hpp"
#include "failure.hpp"
#include "fd.hpp"
#include "responder.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <csignal>

namespace fwlearn::kernel_test {
namespace {

constexpr std::size_t most = 1U << 16U;

constexpr unsigned ipv4_addresses = 512;
constexpr unsigned ipv6_addresses = 65536;
constexpr unsigned of_ipv4 = ipv4_addresses * ports::answering_count;
constexpr unsigned destinations = of_ipv4 + ipv6_addresses * ports::answering_count;

/// Each to a destination of its own, the owners in turn: IPv4 addresses while there are any, then IPv6. Were
/// a destination used again, by another owner too, then one in some 28,000 would get the port of a flow that
/// conntrack still knows, and be no new flow.
PlannedFlow numbered(unsigned number) {
    const auto who = owners();
    const bool ipv4 = number < of_ipv4;
    const unsigned index = ipv4 ? number : number - of_ipv4;
    const unsigned addresses = ipv4 ? ipv4_addresses : ipv6_addresses;
    const auto port = static_cast<std::uint16_t>(ports::answering + index / addresses);
    const auto family = ipv4 ? model::Family::ipv4 : model::Family::ipv6;
    return {
        who[number % who.size()],
        {model::Service::port(model::protocol::udp, port), Lab::internet_address(family, index % addresses)},
        Outcome::answered};
}

bool send_one(const PlannedFlow& flow) {
    const AsUser user(flow.owner);
    const auto& address = flow.destination.address;
    const Fd socket(::socket(domain(address), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto to = endpoint(address, flow.destination.service.detail);
    const char byte = 'x';
    return sendto(socket.get(), &byte, 1, 0, to.get(), to.size) == 1;
}

} // namespace

struct Sender::Shared {
    std::atomic<std::size_t> count{0};
    std::atomic<bool> stop{false};
    std::array<std::chrono::steady_clock::time_point, most> at{};
};

Sender::Sender(const Lab& lab, unsigned first) : first_(first) {
    if (first + most > destinations) {
        throw std::runtime_error("there are not enough destinations left that differ from all before");
    }
    void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) { // NOLINT: the C library's macro
        fail("mmap");
    }
    shared_ = new (memory) Shared;
    const Inside inside(lab.server());
    pid_ = must(fork(), "fork");
    if (pid_ != 0) {
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (std::size_t index = 0; index < most && !shared_->stop; ++index) {
        if (!send_one(numbered(first_ + static_cast<unsigned>(index)))) {
            _exit(1);
        }
        shared_->at.at(index) = std::chrono::steady_clock::now();
        shared_->count = index + 1;
        poll(nullptr, 0, 2); // the pace
    }
    _exit(0);
}

Sender::~Sender() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    munmap(shared_, sizeof(Shared));
}

std::vector<SentFlow> Sender::stop() {
    shared_->stop = true;
    int status = 0;
    must(waitpid(pid_, &status, 0), "waitpid");
    pid_ = -1;
    if (status != 0) {
        throw std::runtime_error("the sender could not send");
    }
    std::vector<SentFlow> sent;
    for (std::size_t index = 0; index < shared_->count; ++index) {
        const auto flow = numbered(first_ + static_cast<unsigned>(index));
        sent.push_back({flow.owner, flow.destination, shared_->at.at(index)});
    }
    return sent;
}

} // namespace fwlearn::kernel_test
