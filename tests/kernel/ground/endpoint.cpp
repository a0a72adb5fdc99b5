#include "endpoint.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace fwlearn::kernel_test {

Endpoint endpoint(const model::Address& address, std::uint16_t port) {
    Endpoint result;
    const auto octets = address.octets();
    if (address.family() == model::Family::ipv4) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        std::memcpy(&in.sin_addr, octets.data(), octets.size());
        std::memcpy(&result.storage, &in, sizeof(in));
        result.size = sizeof(in);
    } else {
        sockaddr_in6 in{};
        in.sin6_family = AF_INET6;
        in.sin6_port = htons(port);
        std::memcpy(&in.sin6_addr, octets.data(), octets.size());
        std::memcpy(&result.storage, &in, sizeof(in));
        result.size = sizeof(in);
    }
    return result;
}

} // namespace fwlearn::kernel_test
