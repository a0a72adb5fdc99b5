// The bytes of a flow's first packet, with a tag by which it is known again on the cable.
// Sends nothing. Used by kernel_verdicts.
#pragma once

#include <model/service.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace fwlearn::kernel_test {

/// From the IP header on, from the lab's server; `tag` is in the IPv4 identification or the IPv6 flow label,
/// and in the source port or ICMP identifier, so that conntrack sees a flow of its own. TCP and ICMP have no
/// valid checksum, so that nobody answers.
std::vector<std::uint8_t> first_packet(const model::Destination& destination, std::uint16_t tag);

/// The tag and the destination address of a packet, from the IP header on.
struct Seen {
    std::uint16_t tag = 0;
    std::uint8_t protocol = 0;
    model::Address destination;
};
std::optional<Seen> recognise(std::span<const std::uint8_t> packet);

} // namespace fwlearn::kernel_test
