#include "kernel_verdicts.hpp"

#include "as_user.hpp"
#include "endpoint.hpp"
#include "failure.hpp"
#include "fd.hpp"
#include "in_cgroup.hpp"
#include "packet_bytes.hpp"
#include "process.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

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

    /// To the other end, whose hardware address ends so (Lab).
    void send(std::uint16_t protocol, std::span<const std::uint8_t> frame, std::uint8_t to) {
        auto address = address_;
        address.sll_protocol = htons(protocol);
        address.sll_halen = ETH_ALEN;
        address.sll_addr[0] = 2;
        address.sll_addr[ETH_ALEN - 1] = to;
        must(static_cast<int>(sendto(socket_.get(), frame.data(), frame.size(), 0,
                                     reinterpret_cast<const sockaddr*>(&address),
                                     sizeof(address))), // NOLINT
             "sendto");
    }
    void send_marker(std::uint8_t to) {
        const std::array<std::uint8_t, 46> nothing{};
        send(marker, nothing, to);
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
    explicit RawSockets(const std::filesystem::path& cgroups) : cgroups_(cgroups) {}

    int of(const Attempt& attempt) {
        const auto& owner = attempt.owner;
        const auto family = attempt.destination.address.family();
        auto& socket = sockets_[{owner, family, attempt.cgroup}];
        if (socket.get() < 0) {
            const InCgroup cgroup(cgroups_, attempt.cgroup);
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
    std::filesystem::path cgroups_;
    std::map<std::tuple<model::SocketOwner, model::Family, std::string>, Fd> sockets_;
};

/// While it lives, what comes in with the server's own address passes its output hooks as the kernel's own.
class KernelsOwn {
  public:
    explicit KernelsOwn(const Lab& lab) : lab_(lab) {
        std::string rules;
        for (const auto& [family, own, router] :
             {std::tuple("ip", Lab::server_address(model::Family::ipv4), "192.0.2.1"),
              std::tuple("ip6", Lab::server_address(model::Family::ipv6), "2001:db8:1::1")}) {
            rules += std::string("table ") + family + " kernels_own {\nchain prerouting {\n" +
                     "type filter hook prerouting priority -400\n" + family + " saddr " + own.to_string() +
                     " iifname \"" + Lab::cable + "\" dup to " + router + " device \"" + Lab::cable +
                     "\" drop\n}\n}\n";
        }
        must_run({"nft", "-f", "-"}, {.netns = lab.server().name(), .input = rules});
    }
    ~KernelsOwn() {
        run({"nft", "delete table ip kernels_own; delete table ip6 kernels_own"},
            {.netns = lab_.server().name()});
    }
    KernelsOwn(const KernelsOwn&) = delete;
    KernelsOwn& operator=(const KernelsOwn&) = delete;

  private:
    const Lab& lab_;
};

bool is_kernels(const Attempt& attempt) {
    return attempt.owner.kind == model::OwnerKind::kernel;
}

/// The last part of the ends' hardware addresses.
constexpr std::uint8_t server_end = 0x10;
constexpr std::uint8_t internet_end = 1;

std::uint16_t tag_of(std::size_t index) {
    return static_cast<std::uint16_t>(index + 1);
}

/// So many are sent before it is waited for them: a CPU keeps no more than net.core.netdev_max_backlog, 1000,
/// of what it has not come to yet, and throws the rest away.
constexpr std::size_t most_on_their_way = 256;

void send_the_kernels(const Lab& lab, Tap& near_end, Tap& far_end, std::span<const Attempt> attempts) {
    if (std::none_of(attempts.begin(), attempts.end(), is_kernels)) {
        return;
    }
    const KernelsOwn own(lab);
    const auto wait = [&] {
        far_end.send_marker(server_end);
        near_end.read([](std::span<const std::uint8_t>) {});
    };
    std::size_t sent = 0;
    for (std::size_t index = 0; index < attempts.size(); ++index) {
        if (is_kernels(attempts[index])) {
            const bool ipv4 = attempts[index].destination.address.family() == model::Family::ipv4;
            far_end.send(ipv4 ? ETH_P_IP : ETH_P_IPV6,
                         first_packet(attempts[index].destination, tag_of(index)), server_end);
            if (++sent % most_on_their_way == 0) {
                wait();
            }
        }
    }
    wait();
}

} // namespace

std::vector<bool> kernel_verdicts(const Lab& lab, std::span<const Attempt> attempts,
                                  const std::filesystem::path& cgroups) {
    constexpr std::size_t most = 60000;
    if (attempts.size() > most) {
        throw std::invalid_argument("more attempts than there are tags");
    }
    const OneCpu one_cpu;
    Tap near_end(lab.server());
    Tap far_end(lab.internet());
    send_the_kernels(lab, near_end, far_end, attempts);
    const Inside inside(lab.server());
    RawSockets sockets(cgroups);
    std::vector<bool> sent(attempts.size());
    std::vector<bool> arrived(attempts.size());
    const auto wait = [&] {
        near_end.send_marker(internet_end);
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
    };
    for (std::size_t index = 0; index < attempts.size(); ++index) {
        if (is_kernels(attempts[index])) {
            continue;
        }
        const auto& destination = attempts[index].destination;
        const auto packet = first_packet(destination, tag_of(index));
        const auto to = endpoint(destination.address, 0);
        const auto socket = sockets.of(attempts[index]);
        sent[index] = sendto(socket, packet.data(), packet.size(), 0, to.get(), to.size) >= 0;
        if (!sent[index] && errno != EPERM) {
            fail("sendto " + destination.address.to_string());
        }
        if ((index + 1) % most_on_their_way == 0) {
            wait();
        }
    }
    wait();
    for (std::size_t index = 0; index < attempts.size(); ++index) {
        if (!is_kernels(attempts[index]) && sent[index] != arrived[index]) {
            const auto& destination = attempts[index].destination;
            throw std::runtime_error(
                destination.service.to_string() + " " + destination.address.to_string() +
                (sent[index] ? " was sent and did not arrive" : " was refused and did arrive"));
        }
    }
    return arrived;
}

void silence_internet(const Lab& lab) {
    const std::string rules = "table inet silence {\n"
                              "chain input {\n"
                              "type filter hook input priority -300; policy drop;\n"
                              "icmpv6 type 133-137 accept\n"
                              "}\n}\n";
    must_run({"nft", "-f", "-"}, {.netns = lab.internet().name(), .input = rules});
}

} // namespace fwlearn::kernel_test
