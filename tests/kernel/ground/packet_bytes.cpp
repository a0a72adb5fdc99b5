#include "packet_bytes.hpp"

#include "netns.hpp"

#include <algorithm>

namespace fwlearn::kernel_test {
namespace {

constexpr std::size_t ipv4_header = 20;
constexpr std::size_t ipv6_header = 40;

void put16(std::span<std::uint8_t> bytes, std::size_t offset, std::size_t value) {
    bytes[offset] = static_cast<std::uint8_t>(value >> 8U);
    bytes[offset + 1] = static_cast<std::uint8_t>(value);
}

std::vector<std::uint8_t> transport(const model::Service& service, std::uint16_t tag) {
    const auto source = static_cast<std::uint16_t>(tag + 1024U);
    std::vector<std::uint8_t> bytes(service.protocol == model::protocol::sctp ? 32 : 20);
    if (service.protocol.has_ports()) {
        put16(bytes, 0, source);
        put16(bytes, 2, service.detail);
    }
    if (service.protocol == model::protocol::tcp) {
        bytes[12] = 5U << 4U; // header length
        bytes[13] = 2;        // SYN
        put16(bytes, 14, 65535);
    } else if (service.protocol == model::protocol::udp || service.protocol == model::protocol::udplite) {
        put16(bytes, 4, bytes.size());
    } else if (service.protocol == model::protocol::sctp) {
        bytes[12] = 1;  // INIT, as in traffic.cpp
        bytes[15] = 20; // its length
        bytes[19] = 1;
        bytes[25] = 1;
        bytes[27] = 1;
    } else if (service.protocol == model::protocol::dccp) {
        bytes[4] = 5; // data offset, in words
        bytes[8] = 1; // REQUEST with the long sequence number (RFC 4340, 5.1)
    } else if (service.protocol.is_icmp()) {
        bytes[0] = service.icmp_type();
        bytes[1] = service.icmp_code();
        put16(bytes, 4, source);
    }
    return bytes;
}

/// RFC 1071. A raw socket's is the kernel's to fill in; a packet that comes in has to have it.
std::uint16_t checksum(std::span<const std::uint8_t> header) {
    std::uint32_t sum = 0;
    for (std::size_t at = 0; at < header.size(); at += 2) {
        sum += static_cast<std::uint32_t>(header[at] << 8U | header[at + 1]);
    }
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16U);
    }
    return static_cast<std::uint16_t>(~sum);
}

void copy(const model::Address& address, std::span<std::uint8_t> to) {
    std::ranges::copy(address.octets(), to.begin());
}

} // namespace

std::vector<std::uint8_t> first_packet(const model::Destination& destination, std::uint16_t tag) {
    const auto payload = transport(destination.service, tag);
    const bool ipv4 = destination.address.family() == model::Family::ipv4;
    const auto source = Lab::server_address(destination.address.family());
    std::vector<std::uint8_t> packet(ipv4 ? ipv4_header : ipv6_header);
    if (ipv4) {
        packet[0] = 0x45;
        put16(packet, 2, ipv4_header + payload.size());
        put16(packet, 4, tag);
        packet[8] = 64;
        packet[9] = destination.service.protocol.number;
        copy(source, std::span(packet).subspan(12, 4));
        copy(destination.address, std::span(packet).subspan(16, 4));
        put16(packet, 10, checksum(packet));
    } else {
        packet[0] = 0x60;
        put16(packet, 2, tag);
        put16(packet, 4, payload.size());
        packet[6] = destination.service.protocol.number;
        packet[7] = 64;
        copy(source, std::span(packet).subspan(8, 16));
        copy(destination.address, std::span(packet).subspan(24, 16));
    }
    packet.insert(packet.end(), payload.begin(), payload.end());
    return packet;
}

std::optional<Seen> recognise(std::span<const std::uint8_t> packet) {
    const auto get16 = [packet](std::size_t offset) {
        return static_cast<std::uint16_t>(packet[offset] << 8U | packet[offset + 1]);
    };
    if (packet.size() >= ipv4_header && packet[0] >> 4U == 4) {
        return Seen{get16(4), packet[9], *model::Address::from_octets(packet.subspan(16, 4))};
    }
    if (packet.size() >= ipv6_header && packet[0] >> 4U == 6) {
        return Seen{get16(2), packet[6], *model::Address::from_octets(packet.subspan(24, 16))};
    }
    return std::nullopt;
}

} // namespace fwlearn::kernel_test
