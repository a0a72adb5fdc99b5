#include "kernel_verdicts.hpp"

#include "as_user.hpp"
#include "endpoint.hpp"
#include "failure.hpp"
#include "fd.hpp"
#include "packet_bytes.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>

#include <array>
#include <map>

namespace fwlearn::kernel_test {
namespace {

/// All packets of one CPU go through one queue (veth, net/core/dev.c: softnet_data), so they stay in order,
/// and the frame that is sent last arrives last.
class OneCpu {
  public:
    OneCpu() {
        must(sched_getaffinity(0, sizeof(before_), &before_), "sched_getaffinity");
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(static_cast<unsigned>(must(sched_getcpu(), "sched_getcpu")), &one);
        must(sched_setaffinity(0, sizeof(one), &one), "sched_setaffinity");
    }
    ~OneCpu() { sched_setaffinity(0, sizeof(before_), &before_); }
    OneCpu(const OneCpu&) = delete;
    OneCpu& operator=(const OneCpu&) = delete;

  private:
    cpu_set_t before_{};
};

/// One end of the cable, below every rule.
class Tap {
  public:
    explicit Tap(const Namespace& where) {
        const Inside inside(where);
        socket_ = Fd(must(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "AF_PACKET"));
        address_.sll_family = AF_PACKET;
        address_.sll_ifindex = static_cast<int>(if_nametoindex(Lab::cable));
        address_.sll_protocol = htons(ETH_P_ALL);
        const int room = 64 << 20;
        must(setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)), "SO_RCVBUFFORCE");
        must(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof(address_)),
             "bind"); // NOLINT
    }

    void send_marker() {
        address_.sll_protocol = htons(marker);
        address_.sll_halen = ETH_ALEN;
        address_.sll_addr[0] = 2;
        address_.sll_addr[ETH_ALEN - 1] = 1;
        const std::array<char, 46> nothing{};
        must(static_cast<int>(sendto(socket_.get(), nothing.data(), nothing.size(), 0,
                                     reinterpret_cast<const sockaddr*>(&address_),
                                     sizeof(address_))), // NOLINT
             "sendto");
    }

    /// Calls `packet` with all that came in until the marker.
    template <typename Handler>
    void read(Handler&& packet) {
        while (true) {
            pollfd readable{socket_.get(), POLLIN, 0};
            if (must(poll(&readable, 1, 10000), "poll") == 0) {
                throw std::runtime_error("the last frame never arrived");
            }
            std::array<std::uint8_t, 2048> bytes{};
            sockaddr_ll from{};
            socklen_t size = sizeof(from);
            const int length =
                must(static_cast<int>(recvfrom(socket_.get(), bytes.data(), bytes.size(), 0,
                                               reinterpret_cast<sockaddr*>(&from), &size)), // NOLINT
                     "recvfrom");
            if (from.sll_pkttype == PACKET_OUTGOING) {
                continue;
            }
            if (ntohs(from.sll_protocol) == marker) {
                return;
            }
            packet(std::span<const std::uint8_t>(bytes).first(static_cast<std::size_t>(length)));
        }
    }

  private:
    static constexpr std::uint16_t marker = 0x88b5; // IEEE 802 local experimental

    Fd socket_;
    sockaddr_ll address_{};
};

/// Raw sockets to which the caller gives whole packets, one for each owner and family.
class RawSockets {
  public:
    int of(const model::SocketOwner& owner, model::Family family) {
        auto& socket = sockets_[{owner, family}];
        if (socket.get() < 0) {
            const AsUser user(owner);
            socket = Fd(must(::socket(family == model::Family::ipv4 ? AF_INET : AF_INET6,
                                      SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW),
                             "raw socket"));
            const int room = 16 << 20;
            must(setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), "SO_SNDBUF");
        }
        return socket.get();
    }

  private:
    std::map<std::pair<model::SocketOwner, model::Family>, Fd> sockets_;
};

} // namespace

std::vector<bool> kernel_verdicts(const Lab& lab, std::span<const Attempt> attempts) {
    constexpr std::size_t most = 60000;
    if (attempts.size() > most) {
        throw std::invalid_argument("more attempts than there are tags");
    }
    const OneCpu one_cpu;
    Tap near_end(lab.server());
    Tap far_end(lab.internet());
    const Inside inside(lab.server());
    RawSockets sockets;
    std::vector<bool> sent(attempts.size());
    for (std::size_t index = 0; index < attempts.size(); ++index) {
        const auto& [owner, destination] = attempts[index];
        const auto packet = first_packet(destination, static_cast<std::uint16_t>(index + 1));
        const auto to = endpoint(destination.address, 0);
        const auto socket = sockets.of(owner, destination.address.family());
        sent[index] = sendto(socket, packet.data(), packet.size(), 0, to.get(), to.size) >= 0;
        if (!sent[index] && errno != EPERM) {
            fail("sendto " + destination.address.to_string());
        }
    }
    near_end.send_marker();
    std::vector<bool> arrived(attempts.size());
    far_end.read([&](std::span<const std::uint8_t> packet) {
        const auto seen = recognise(packet);
        if (!seen || seen->tag == 0 || seen->tag > attempts.size()) {
            return;
        }
        const auto index = std::size_t{seen->tag} - 1;
        const auto& destination = attempts[index].destination;
        if (destination.address == seen->destination &&
            destination.service.protocol.number == seen->protocol) {
            arrived[index] = true;
        }
    });
    for (std::size_t index = 0; index < attempts.size(); ++index) {
        if (sent[index] != arrived[index]) {
            const auto& destination = attempts[index].destination;
            throw std::runtime_error(
                destination.service.to_string() + " " + destination.address.to_string() +
                (sent[index] ? " was sent and did not arrive" : " was refused and did arrive"));
        }
    }
    return arrived;
}

} // namespace fwlearn::kernel_test
