// What the box's jobs run: sends once and ends. Linked statically, so that it lives for less than a
// millisecond.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Way {
    const char* name;
    int type;
    int protocol;
};

constexpr std::array ways{Way{"udp", SOCK_DGRAM, 0},
                          Way{"tcp", SOCK_STREAM, 0},
                          Way{"udplite", SOCK_DGRAM, IPPROTO_UDPLITE},
                          Way{"icmp", SOCK_RAW, IPPROTO_ICMP},
                          Way{"icmpv6", SOCK_RAW, IPPROTO_ICMPV6},
                          Way{"gre", SOCK_RAW, IPPROTO_GRE},
                          Way{"sctp", SOCK_RAW, IPPROTO_SCTP}};

/// An echo request, with a checksum that ICMP takes; of the other protocols a header that says nothing.
std::array<std::uint8_t, 16> octets(const Way& way) {
    std::array<std::uint8_t, 16> bytes{};
    if (way.protocol == IPPROTO_ICMP) {
        bytes[0] = ICMP_ECHO;
        bytes[2] = 0xff - ICMP_ECHO; // the ones' complement of the only octet that is not 0
        bytes[3] = 0xff;
    } else if (way.protocol == IPPROTO_ICMPV6) {
        bytes[0] = 128; // RFC 4443: the kernel fills the checksum in
    } else if (way.protocol == IPPROTO_SCTP) {
        bytes[2] = 5001 >> 8; // the destination's port, RFC 9260
        bytes[3] = 5001 & 0xff;
    }
    return bytes;
}

} // namespace

int main(int argc, char** argv) {
    const Way* way = nullptr;
    for (const auto& one : ways) {
        if (argc == 4 && std::strcmp(argv[1], one.name) == 0) { // NOLINT
            way = &one;
        }
    }
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    const bool is_v4 =
        way != nullptr && inet_pton(AF_INET, argv[2], &v4.sin_addr) == 1; // NOLINT: C's own layout
    if (way == nullptr || (!is_v4 && inet_pton(AF_INET6, argv[2], &v6.sin6_addr) != 1)) { // NOLINT
        std::fputs("usage: send udp|tcp|udplite|icmp|icmpv6|gre|sctp ADDRESS PORT\n", stderr);
        return 2;
    }
    const auto port = static_cast<std::uint16_t>(std::strtoul(argv[3], nullptr, 10)); // NOLINT
    v4.sin_family = AF_INET;
    v6.sin6_family = AF_INET6;
    if (way->type != SOCK_RAW) {
        v4.sin_port = htons(port);
        v6.sin6_port = htons(port);
    }
    const int socket = ::socket(is_v4 ? AF_INET : AF_INET6, way->type, way->protocol);
    const auto* address = is_v4 ? reinterpret_cast<const sockaddr*>(&v4)  // NOLINT: the socket calls' own
                                : reinterpret_cast<const sockaddr*>(&v6); // NOLINT
    const socklen_t size = is_v4 ? sizeof v4 : sizeof v6;
    const auto bytes = octets(*way);
    const bool sent = way->type == SOCK_STREAM ? connect(socket, address, size) == 0
                                               : sendto(socket, bytes.data(), bytes.size(), 0, address,
                                                        size) == static_cast<ssize_t>(bytes.size());
    if (!sent) {
        std::perror("send");
        return 1;
    }
    return 0;
}
