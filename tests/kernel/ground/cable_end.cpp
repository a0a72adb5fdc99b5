#include "cable_end.hpp"

#include "failure.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

namespace fwlearn::kernel_test {

CableEnd::CableEnd(const Lab& lab) {
    const Inside inside(lab.internet());
    socket_ = Fd(must(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "AF_PACKET"));
    // What comes while nobody reads is kept: every packet takes some 2 KiB.
    constexpr int buffer = 64 << 20;
    must(setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)), "SO_RCVBUFFORCE");
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = static_cast<int>(if_nametoindex(Lab::cable));
    address.sll_protocol = htons(ETH_P_ALL);
    must(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), "bind"); // NOLINT
}

void CableEnd::wait_for(const std::function<bool(Packet)>& wanted, std::chrono::seconds patience) {
    using namespace std::chrono;
    const auto deadline = steady_clock::now() + patience;
    while (true) {
        const auto left = duration_cast<milliseconds>(deadline - steady_clock::now()).count();
        pollfd readable{socket_.get(), POLLIN, 0};
        if (left <= 0 || must(poll(&readable, 1, static_cast<int>(left)), "poll") == 0) {
            throw std::runtime_error("the packet that was waited for never came");
        }
        std::array<std::uint8_t, 2048> bytes{};
        sockaddr_ll from{};
        socklen_t size = sizeof(from);
        const auto length = recvfrom(socket_.get(), bytes.data(), bytes.size(), 0,
                                     reinterpret_cast<sockaddr*>(&from), &size); // NOLINT
        const bool came_in = length > 0 && from.sll_pkttype != PACKET_OUTGOING;
        if (came_in && wanted(Packet(bytes).first(static_cast<std::size_t>(length)))) {
            return;
        }
    }
}

} // namespace fwlearn::kernel_test
