// model's addresses as the socket calls want them.
// Opens no socket. Used by the grounds of the kernel tests.
#pragma once

#include <model/address.hpp>

#include <sys/socket.h>

namespace fwlearn::kernel_test {

struct Endpoint {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const {
        return reinterpret_cast<const sockaddr*>(&storage);
    } // NOLINT
};

Endpoint endpoint(const model::Address& address, std::uint16_t port);
inline int domain(const model::Address& address) {
    return address.family() == model::Family::ipv4 ? AF_INET : AF_INET6;
}

} // namespace fwlearn::kernel_test
