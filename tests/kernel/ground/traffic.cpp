#include "traffic.hpp"

#include "as_user.hpp"
#include "endpoint.hpp"
#include "failure.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <array>
#include <map>

namespace fwlearn::kernel_test {
namespace {

namespace protocol = model::protocol;

constexpr std::array<std::uint8_t, 8> echo_request{8};
constexpr std::array<std::uint8_t, 8> echo_request6{128};
/// With a payload, since an ICMP error reaches the socket only with 8 octets of what it is about.
constexpr std::array<std::uint8_t, 12> gre_header{0, 0, 8, 0};
/// What sums up to a valid Internet checksum, since nft's reject answers nothing else
/// (nf_reject_verify_csum).
constexpr std::array<std::uint8_t, 8> ones{255, 255, 255, 255, 255, 255, 255, 255};
constexpr std::array<std::uint8_t, 8> text{'f', 'w', 'l', 'e', 'a', 'r', 'n', '\n'};

/// Common header and INIT chunk (RFC 9260, 3.1 and 3.3.2), without a checksum: it goes to nobody.
std::vector<std::uint8_t> sctp_init(std::uint16_t source, std::uint16_t destination) {
    std::vector<std::uint8_t> packet(32);
    packet[0] = static_cast<std::uint8_t>(source >> 8U);
    packet[1] = static_cast<std::uint8_t>(source);
    packet[2] = static_cast<std::uint8_t>(destination >> 8U);
    packet[3] = static_cast<std::uint8_t>(destination);
    packet[12] = 1;  // INIT
    packet[15] = 20; // its length
    packet[19] = 1;  // initiate tag
    packet[25] = 1;  // outbound streams
    packet[27] = 1;  // inbound streams
    return packet;
}

void send_once(int socket, std::span<const std::uint8_t> data) {
    must(static_cast<int>(send(socket, data.data(), data.size(), MSG_NOSIGNAL)), "send");
}

int pending_error(int socket) {
    int error = 0;
    socklen_t size = sizeof(error);
    must(getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size), "SO_ERROR");
    return error;
}

/// Nothing more is heard of these, so there is nothing to wait for.
bool is_silent(const PlannedFlow& flow) {
    return flow.outcome == Outcome::unanswered && flow.destination.service.protocol != protocol::tcp;
}

void check_outcome(const PlannedFlow& flow, int socket, std::uint32_t events) {
    const int error = pending_error(socket);
    const auto number = flow.destination.service.protocol;
    const bool ports = number == protocol::tcp || number == protocol::udp;
    const bool right = flow.outcome == Outcome::answered  ? error == 0 && (events & (EPOLLIN | EPOLLOUT)) != 0
                       : flow.outcome == Outcome::refused ? error == (ports ? ECONNREFUSED : ENOPROTOOPT)
                                                          : error == ETIMEDOUT;
    if (!right) {
        throw std::runtime_error(to_string(flow) + ": " + std::generic_category().message(error));
    }
}

void allow_many_descriptors() {
    rlimit limit{};
    must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

void wait_for(const std::map<int, PlannedFlow>& expected) {
    auto left = expected;
    const Fd epoll(must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1"));
    for (const auto& [socket, flow] : left) {
        epoll_event event{};
        const bool connects = flow.destination.service.protocol == protocol::tcp;
        event.events = connects ? std::uint32_t{EPOLLOUT} : std::uint32_t{EPOLLIN};
        event.data.fd = socket;
        must(epoll_ctl(epoll.get(), EPOLL_CTL_ADD, socket, &event), "epoll_ctl");
    }
    while (!left.empty()) {
        std::array<epoll_event, 64> events{};
        constexpr int patience = 10000;
        const int count = must(epoll_wait(epoll.get(), events.data(), events.size(), patience), "epoll_wait");
        if (count == 0) {
            throw std::runtime_error(std::to_string(left.size()) + " flows without their outcome, such as " +
                                     to_string(left.begin()->second));
        }
        for (const auto& event : std::span(events).first(static_cast<std::size_t>(count))) {
            const int socket = event.data.fd;
            check_outcome(left.at(socket), socket, event.events);
            must(epoll_ctl(epoll.get(), EPOLL_CTL_DEL, socket, nullptr), "epoll_ctl");
            left.erase(socket);
        }
    }
}

} // namespace

Fd Traffic::begin(const PlannedFlow& flow) {
    const auto& service = flow.destination.service;
    const auto& address = flow.destination.address;
    const auto number = service.protocol;
    const int type = number == protocol::tcp                       ? SOCK_STREAM
                     : number == protocol::udp || number.is_icmp() ? SOCK_DGRAM
                                                                   : SOCK_RAW;
    auto socket = [&] {
        const AsUser user(flow.owner);
        return Fd(
            must(::socket(domain(address), type | SOCK_CLOEXEC | SOCK_NONBLOCK, number.number), "socket"));
    }();
    const bool ports = type != SOCK_RAW && !number.is_icmp();
    const auto source = source_port_++;
    const auto from = endpoint(Lab::server_address(address.family()), ports ? source : std::uint16_t{0});
    must(bind(socket.get(), from.get(), from.size), "bind");
    if (number == protocol::tcp && flow.outcome == Outcome::unanswered) {
        const int repetitions = 1;
        must(setsockopt(socket.get(), IPPROTO_TCP, TCP_SYNCNT, &repetitions, sizeof(repetitions)),
             "TCP_SYNCNT");
    }
    const auto to = endpoint(address, ports ? service.detail : std::uint16_t{0});
    if (connect(socket.get(), to.get(), to.size) != 0 && errno != EINPROGRESS) {
        fail("connect: " + to_string(flow));
    }
    if (number == protocol::udp) {
        for (int repeat = 0; repeat < (is_silent(flow) ? 3 : 1); ++repeat) {
            send_once(socket.get(), text);
        }
    } else if (number.is_icmp()) {
        send_once(socket.get(), number == protocol::icmp ? echo_request : echo_request6);
    } else if (number == protocol::sctp) {
        send_once(socket.get(), sctp_init(source, service.detail));
    } else if (number == protocol::gre) {
        send_once(socket.get(), gre_header);
    } else if (number != protocol::tcp) {
        send_once(socket.get(), ones);
    }
    return socket;
}

void Traffic::make(std::span<const PlannedFlow> plan) {
    allow_many_descriptors();
    const Inside inside(lab_.server());
    std::vector<Fd> sockets;
    std::map<int, PlannedFlow> expected;
    for (const auto& flow : plan) {
        auto socket = begin(flow);
        if (!is_silent(flow)) {
            expected.emplace(socket.get(), flow);
            sockets.push_back(std::move(socket));
        }
    }
    wait_for(expected);
}

std::vector<Fd> Traffic::keep_open(std::span<const PlannedFlow> plan) {
    const Inside inside(lab_.server());
    std::vector<Fd> sockets;
    std::map<int, PlannedFlow> expected;
    for (const auto& flow : plan) {
        sockets.push_back(begin(flow));
        expected.emplace(sockets.back().get(), flow);
    }
    wait_for(expected);
    return sockets;
}

} // namespace fwlearn::kernel_test
