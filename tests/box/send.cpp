// What the box's jobs run: sends once, over UDP or TCP, and ends. Linked statically, so that it lives for
// less than a millisecond.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    if (argc != 4 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1) { // NOLINT: C's own layout
        std::fputs("usage: send udp|tcp ADDRESS PORT\n", stderr);
        return 2;
    }
    const bool udp = std::strcmp(argv[1], "udp") == 0;                                   // NOLINT
    to.sin_port = htons(static_cast<std::uint16_t>(std::strtoul(argv[3], nullptr, 10))); // NOLINT
    const int socket = ::socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    const auto* address = reinterpret_cast<const sockaddr*>(&to); // NOLINT: the socket calls' own
    const bool sent =
        udp ? sendto(socket, "box", 3, 0, address, sizeof to) == 3 : connect(socket, address, sizeof to) == 0;
    if (!sent) {
        std::perror("send");
        return 1;
    }
    return 0;
}
