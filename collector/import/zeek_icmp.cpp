#include "zeek_icmp.hpp"

#include <algorithm>
#include <array>

namespace fwlearn::import {

std::optional<model::Service> icmp_request(model::Protocol protocol, std::uint8_t type) {
    constexpr std::array<std::uint8_t, 4> requests_v4{8, 13, 15, 17}; // echo, timestamp, information, mask
    constexpr std::array<std::uint8_t, 2> requests_v6{128, 139};      // echo, node information
    const bool begins = protocol == model::protocol::icmp
                            ? std::find(requests_v4.begin(), requests_v4.end(), type) != requests_v4.end()
                            : std::find(requests_v6.begin(), requests_v6.end(), type) != requests_v6.end();
    if (!begins) {
        return std::nullopt;
    }
    return model::Service::icmp(protocol, type, 0);
}

} // namespace fwlearn::import
