#include "responder.hpp"

#include "endpoint.hpp"
#include "failure.hpp"
#include "process.hpp"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstring>
#include <set>
#include <vector>

namespace fwlearn::kernel_test {
namespace {

struct Listeners {
    std::vector<Fd> tcp, udp;
};

Fd bound(model::Family family, int type, std::uint16_t port) {
    const auto any = *model::Address::parse(family == model::Family::ipv4 ? "0.0.0.0" : "::");
    Fd socket(must(::socket(domain(any), type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
    const int on = 1;
    must(setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), "SO_REUSEADDR");
    if (family == model::Family::ipv6) {
        must(setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)), "IPV6_V6ONLY");
    }
    const auto at = endpoint(any, port);
    must(bind(socket.get(), at.get(), at.size), "bind");
    return socket;
}

Listeners listen_everywhere() {
    Listeners listeners;
    const int on = 1;
    for (std::uint16_t port = ports::answering; port < ports::answering + ports::answering_count; ++port) {
        for (const auto family : {model::Family::ipv4, model::Family::ipv6}) {
            auto& tcp = listeners.tcp.emplace_back(bound(family, SOCK_STREAM, port));
            must(listen(tcp.get(), 4096), "listen");
            auto& udp = listeners.udp.emplace_back(bound(family, SOCK_DGRAM, port));
            // The answer comes from the address that was asked.
            const bool ipv4 = family == model::Family::ipv4;
            must(setsockopt(udp.get(), ipv4 ? IPPROTO_IP : IPPROTO_IPV6, ipv4 ? IP_PKTINFO : IPV6_RECVPKTINFO,
                            &on, sizeof(on)),
                 "PKTINFO");
        }
    }
    return listeners;
}

void echo_datagrams(int socket) {
    while (true) {
        std::array<char, 2048> data{};
        alignas(cmsghdr) std::array<char, 128> control{};
        sockaddr_storage peer{};
        iovec piece{data.data(), data.size()};
        msghdr message{};
        message.msg_name = &peer;
        message.msg_namelen = sizeof(peer);
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const auto size = recvmsg(socket, &message, 0);
        if (size < 0) {
            return;
        }
        piece.iov_len = static_cast<std::size_t>(size);
        auto* header = CMSG_FIRSTHDR(&message);
        if (header != nullptr && header->cmsg_level == IPPROTO_IP) {
            in_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(header), sizeof(info));
            info.ipi_ifindex = 0;
            info.ipi_spec_dst = info.ipi_addr;
            std::memcpy(CMSG_DATA(header), &info, sizeof(info));
        } else if (header != nullptr) {
            in6_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(header), sizeof(info));
            info.ipi6_ifindex = 0;
            std::memcpy(CMSG_DATA(header), &info, sizeof(info));
        }
        sendmsg(socket, &message, 0);
    }
}

/// Connections stay open until the other side closes.
bool echo_stream(int socket) {
    std::array<char, 2048> data{};
    const auto size = recv(socket, data.data(), data.size(), 0);
    if (size > 0) {
        send(socket, data.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL);
    }
    return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

[[noreturn]] void serve(const Listeners& listeners) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    std::set<int> listening, datagrams;
    const auto watch = [epoll](int descriptor) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = descriptor;
        epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
    };
    for (const auto& socket : listeners.tcp) {
        listening.insert(socket.get());
        watch(socket.get());
    }
    for (const auto& socket : listeners.udp) {
        datagrams.insert(socket.get());
        watch(socket.get());
    }
    while (true) {
        std::array<epoll_event, 64> events{};
        const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int index = 0; index < count; ++index) {
            const int descriptor = events.at(static_cast<std::size_t>(index)).data.fd;
            if (listening.contains(descriptor)) {
                for (int peer = 0;
                     (peer = accept4(descriptor, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
                    watch(peer);
                }
            } else if (datagrams.contains(descriptor)) {
                echo_datagrams(descriptor);
            } else if (!echo_stream(descriptor)) {
                close(descriptor);
            }
        }
    }
}

} // namespace

Responder::Responder(const Lab& lab) {
    const auto silent =
        std::to_string(ports::silent) + "-" + std::to_string(ports::silent + ports::silent_count - 1);
    must_run({"nft", "-f", "-"},
             {.netns = lab.internet().name(),
              .input = "table inet silence {\n chain input {\n"
                       "  type filter hook input priority 0; policy accept;\n"
                       "  meta l4proto { tcp, udp } th dport " +
                       silent +
                       " drop\n"
                       // Whether a kernel knows these protocols shall not matter.
                       "  meta l4proto { 47, 132, 253 } meta nfproto ipv4 reject with icmp "
                       "type prot-unreachable\n"
                       "  meta l4proto { 47, 132, 253 } drop\n }\n}\n"});
    const Inside inside(lab.internet());
    const auto listeners = listen_everywhere();
    pid_ = must(fork(), "fork");
    if (pid_ == 0) {
        serve(listeners);
    }
}

Responder::~Responder() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

} // namespace fwlearn::kernel_test
