#include "busy.hpp"

#include "as_user.hpp"
#include "endpoint.hpp"
#include "failure.hpp"
#include "fd.hpp"
#include "process.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <thread>

namespace fwlearn::kernel_test {
namespace {

using std::chrono::steady_clock;

/// 2001:db8:2:0:f000::/68, of the prefix that is the internet's.
constexpr std::uint8_t flooded = 0xf0;
constexpr std::uint32_t first_scanned = 0xc6336400; // 198.51.100.0
constexpr std::size_t at_once = 64;

/// Calls `step(from, to)` for the numbers below `count` so that `a_second` of them are over each second. The
/// pace is the test's input.
template <typename Step>
void pace(unsigned count, unsigned a_second, unsigned together, const Step& step) {
    const auto began = steady_clock::now();
    for (unsigned done = 0; done < count; done += together) {
        std::this_thread::sleep_until(began + std::chrono::microseconds(1'000'000ULL * done / a_second));
        step(done, std::min(count, done + together));
    }
}

/// All of them leave, or it throws: a packet that conntrack has no room for is refused (EPERM), and is sent
/// again, for what has not left is no flow.
void send_all(int socket, std::span<mmsghdr> messages) {
    const auto deadline = steady_clock::now() + std::chrono::seconds(30);
    while (!messages.empty()) {
        const int sent = sendmmsg(socket, messages.data(), static_cast<unsigned>(messages.size()), 0);
        if (sent > 0) {
            messages = messages.subspan(static_cast<std::size_t>(sent));
        } else if ((errno != EPERM && errno != ENOBUFS && errno != EAGAIN) ||
                   steady_clock::now() > deadline) {
            fail("sendmmsg");
        } else {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
}

} // namespace

Busy::Busy(const Lab& lab, const model::SocketOwner& owner, const std::filesystem::path& cgroup,
           const std::function<void()>& work) {
    pid_ = must(fork(), "fork");
    if (pid_ != 0) {
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int status = 1;
    try {
        if (!cgroup.empty()) {
            std::ofstream(cgroup / "cgroup.procs") << getpid() << std::flush;
        }
        const Inside inside(lab.server());
        const AsUser user(owner);
        work();
        status = 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "busy: %s\n", error.what()); // NOLINT: nothing of the parent's is flushed here
    }
    _exit(status);
}

Busy::~Busy() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
}

void Busy::wait() {
    int status = 0;
    must(waitpid(pid_, &status, 0), "waitpid");
    pid_ = -1;
    if (status != 0) {
        throw std::runtime_error("a process that was to be busy failed");
    }
}

void exchange(const model::Destination& to, std::uint16_t from) {
    const bool tcp = to.service.protocol == model::protocol::tcp;
    const Fd socket(
        must(::socket(domain(to.address), (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0), "socket"));
    const timeval patience{20, 0};
    must(setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), "SO_RCVTIMEO");
    if (from != 0) {
        const auto own = endpoint(model::Address(), from);
        must(bind(socket.get(), own.get(), own.size), "bind");
    }
    const auto at = endpoint(to.address, to.service.detail);
    must(connect(socket.get(), at.get(), at.size), "connect");
    must(static_cast<int>(send(socket.get(), "x", 1, 0)), "send");
    char answer = 0;
    if (recv(socket.get(), &answer, 1, 0) != 1) {
        fail("no answer from " + to.address.to_string() + " " + to.service.to_string());
    }
}

void serve_steadily(const std::vector<model::Destination>& destinations, unsigned count, unsigned a_second) {
    pace(count, a_second, 1,
         [&](unsigned number, unsigned /*end*/) { exchange(destinations[number % destinations.size()]); });
}

void flood(unsigned count, unsigned a_second) {
    const Fd socket(must(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
    char octet = 'x';
    iovec piece{&octet, 1};
    pace(count, a_second, at_once, [&](unsigned from, unsigned to) {
        std::array<sockaddr_in6, at_once> addresses{};
        std::array<mmsghdr, at_once> messages{};
        for (unsigned number = from; number < to; ++number) {
            auto& address = addresses.at(number - from);
            address.sin6_family = AF_INET6;
            constexpr std::uint16_t anything = 4000;
            address.sin6_port = htons(anything);
            must(inet_pton(AF_INET6, "2001:db8:2::", &address.sin6_addr), "inet_pton");
            address.sin6_addr.s6_addr[8] = flooded;
            const std::uint32_t low = htonl(number);
            std::memcpy(&address.sin6_addr.s6_addr[12], &low, sizeof(low));
            auto& header = messages.at(number - from).msg_hdr;
            header.msg_name = &address;
            header.msg_namelen = sizeof(address);
            header.msg_iov = &piece;
            header.msg_iovlen = 1;
        }
        send_all(socket.get(), std::span(messages).first(to - from));
    });
}

void scan(unsigned hosts, unsigned ports, unsigned a_second) {
    const Fd socket(must(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP), "raw socket"));
    pace(hosts * ports, a_second, at_once, [&](unsigned from, unsigned to) {
        std::array<sockaddr_in, at_once> addresses{};
        std::array<tcphdr, at_once> segments{};
        std::array<iovec, at_once> pieces{};
        std::array<mmsghdr, at_once> messages{};
        for (unsigned number = from; number < to; ++number) {
            const auto at = number - from;
            auto& address = addresses.at(at);
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(first_scanned + number % hosts);
            auto& segment = segments.at(at); // without a checksum: nobody reads it
            constexpr std::uint16_t own_port = 40000;
            segment.source = htons(own_port);
            segment.dest = htons(static_cast<std::uint16_t>(1 + number / hosts));
            segment.doff = sizeof(segment) / 4;
            segment.syn = 1;
            segment.window = htons(1024);
            pieces.at(at) = {&segment, sizeof(segment)};
            auto& header = messages.at(at).msg_hdr;
            header.msg_name = &address;
            header.msg_namelen = sizeof(address);
            header.msg_iov = &pieces.at(at);
            header.msg_iovlen = 1;
        }
        send_all(socket.get(), std::span(messages).first(to - from));
    });
}

std::string flooded_name(unsigned number) {
    return "n" + std::to_string(number) + ".flood.example.net";
}

void ask_without_end(const model::Address& name_server, unsigned count, unsigned a_second) {
    // From many ports in turn, as resolvers do: of what comes to one, not all is copied.
    std::vector<Fd> sockets;
    constexpr std::size_t ports = 256;
    constexpr std::uint16_t dns = 53;
    const auto at = endpoint(name_server, dns);
    while (sockets.size() < ports) {
        sockets.emplace_back(must(::socket(domain(name_server), SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
        must(connect(sockets.back().get(), at.get(), at.size), "connect");
    }
    pace(count, a_second, 1, [&](unsigned number, unsigned /*end*/) {
        // RFC 1035 4.1: an identifier, recursion desired, one question.
        std::string question{static_cast<char>(number >> 8U), static_cast<char>(number), 1, 0, 0, 1};
        question.append(6, '\0');
        const auto name = flooded_name(number) + '.';
        for (std::size_t from = 0, dot = 0; (dot = name.find('.', from)) != std::string::npos;
             from = dot + 1) {
            question += static_cast<char>(dot - from);
            question += name.substr(from, dot - from);
        }
        question += std::string("\0\0\34\0\1", 5); // the root; AAAA, IN
        const auto& socket = sockets[number % ports];
        must(static_cast<int>(send(socket.get(), question.data(), question.size(), 0)), "send");
        std::array<char, 512> answer{};
        while (recv(socket.get(), answer.data(), answer.size(), MSG_DONTWAIT) > 0) {
        }
    });
}

void ignore_floods(const Lab& lab) {
    must_run({"nft", "-f", "-"}, {.netns = lab.internet().name(),
                                  .input = "table inet ignored {\n chain early {\n"
                                           "  type filter hook prerouting priority -400; policy accept;\n"
                                           "  ip6 daddr 2001:db8:2:0:f000::/68 drop\n"
                                           "  ip daddr 198.51.100.0/28 drop\n }\n}\n"});
}

} // namespace fwlearn::kernel_test
