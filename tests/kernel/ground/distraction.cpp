#include "endpoint.hpp"
#include "failure.hpp"
#include "traffic.hpp"

#include <array>

namespace fwlearn::kernel_test {
namespace {

constexpr std::uint16_t service_port = 9000;

Fd make_socket(const Namespace& where, const model::Address& address, int type) {
    const Inside inside(where);
    return Fd(must(socket(domain(address), type | SOCK_CLOEXEC, 0), "socket"));
}

void pass_on(int from, int to) {
    const char byte = 'x';
    must(static_cast<int>(send(from, &byte, 1, MSG_NOSIGNAL)), "send");
    char same = 0;
    must(static_cast<int>(recv(to, &same, 1, 0)), "recv");
}

/// `client` speaks first, and is answered.
void converse(const Namespace& client_side, const Namespace& server_side, const model::Address& address) {
    const auto at = endpoint(address, service_port);
    const Fd listener = make_socket(server_side, address, SOCK_STREAM);
    const int on = 1;
    must(setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), "SO_REUSEADDR");
    must(bind(listener.get(), at.get(), at.size), "bind");
    must(listen(listener.get(), 1), "listen");
    const Fd client = make_socket(client_side, address, SOCK_STREAM);
    must(connect(client.get(), at.get(), at.size), "connect");
    const Fd served(must(accept(listener.get(), nullptr, nullptr), "accept"));
    pass_on(client.get(), served.get());
    pass_on(served.get(), client.get());

    const Fd service = make_socket(server_side, address, SOCK_DGRAM);
    must(bind(service.get(), at.get(), at.size), "bind");
    const Fd asking = make_socket(client_side, address, SOCK_DGRAM);
    must(connect(asking.get(), at.get(), at.size), "connect");
    pass_on(asking.get(), service.get());
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    auto* name = reinterpret_cast<sockaddr*>(&peer); // NOLINT: as getsockname(2) wants it
    must(getsockname(asking.get(), name, &size), "getsockname");
    const char byte = 'y';
    must(static_cast<int>(sendto(service.get(), &byte, 1, 0, name, size)), "sendto");
    char same = 0;
    must(static_cast<int>(recv(asking.get(), &same, 1, 0)), "recv");
}

/// Nobody listens: the server's kernel refuses on its own.
void be_refused(const Namespace& client_side, const model::Address& address) {
    const auto at = endpoint(address, service_port + 1);
    const Fd client = make_socket(client_side, address, SOCK_STREAM);
    if (connect(client.get(), at.get(), at.size) == 0 || errno != ECONNREFUSED) {
        fail("a connection that is to be refused");
    }
}

} // namespace

void Traffic::distract() {
    for (const auto family : {model::Family::ipv4, model::Family::ipv6}) {
        const auto loopback = *model::Address::parse(family == model::Family::ipv4 ? "127.0.0.1" : "::1");
        converse(lab_.server(), lab_.server(), loopback);
        converse(lab_.server(), lab_.server(), Lab::server_address(family)); // over lo as well
        converse(lab_.internet(), lab_.server(), Lab::server_address(family));
        be_refused(lab_.internet(), Lab::server_address(family));
    }
}

} // namespace fwlearn::kernel_test
