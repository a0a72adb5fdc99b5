#include "collector/packet.hpp"

#include "network_order.hpp"

namespace fwlearn::collector {
namespace {

using Bytes = std::span<const std::uint8_t>;
using model::Address;
using model::Protocol;
using model::Service;

/// What the network layer says, and where the transport layer begins.
struct Network {
    Address source;
    Address destination;
    Protocol protocol;
    Bytes transport;
    bool fragment = false; ///< the first of several
    bool cut = false;      ///< the packet is longer than its copy
};

/// What the header says that there is, of what there is; a length of 0 is one that does not fit the field
/// (RFC 2675; the kernel's own large packets before they are cut to segments).
Bytes as_long_as(Bytes bytes, std::size_t length) {
    return length == 0 || length > bytes.size() ? bytes : bytes.first(length);
}

std::optional<Network> decode_ipv4(Bytes bytes) {
    if (bytes.size() < 20) {
        return std::nullopt;
    }
    const std::size_t header = std::size_t{bytes[0] & 0x0fU} * 4;
    const bool later_fragment = (read_number<std::uint16_t>(bytes, 6) & 0x1fffU) != 0;
    if (header < 20 || header > bytes.size() || later_fragment) {
        return std::nullopt;
    }
    const bool more_fragments = (read_number<std::uint16_t>(bytes, 6) & 0x2000U) != 0;
    const std::size_t length = read_number<std::uint16_t>(bytes, 2);
    const Bytes whole = as_long_as(bytes, length);
    return Network{Address::v4(bytes.subspan<12, 4>()),
                   Address::v4(bytes.subspan<16, 4>()),
                   Protocol{bytes[9]},
                   whole.size() < header ? Bytes() : whole.subspan(header),
                   more_fragments,
                   length > bytes.size()};
}

enum : std::uint8_t { hop_by_hop = 0, routing = 43, fragment = 44, destination_options = 60 };

std::optional<Network> decode_ipv6(Bytes bytes) {
    if (bytes.size() < 40) {
        return std::nullopt;
    }
    std::uint8_t next = bytes[6];
    bool fragmented = false;
    const std::size_t payload = read_number<std::uint16_t>(bytes, 4);
    Bytes rest = as_long_as(bytes.subspan(40), payload);
    const bool cut = payload > rest.size();
    while (next == hop_by_hop || next == routing || next == destination_options || next == fragment) {
        if (rest.size() < 8) {
            return std::nullopt;
        }
        if (next == fragment && (read_number<std::uint16_t>(rest, 2) & 0xfff8U) != 0) {
            return std::nullopt;
        }
        fragmented = fragmented || (next == fragment && (rest[3] & 1U) != 0);
        // RFC 8200: length in units of eight octets beyond the first eight; a fragment header has none.
        const std::size_t length = next == fragment ? 8 : (rest[1] + 1U) * 8U;
        if (rest.size() < length) {
            return std::nullopt;
        }
        next = rest[0];
        rest = rest.subspan(length);
    }
    return Network{Address::v6(bytes.subspan<8, 16>()),
                   Address::v6(bytes.subspan<24, 16>()),
                   Protocol{next},
                   rest,
                   fragmented,
                   cut};
}

std::optional<Network> decode_network(Bytes bytes) {
    if (bytes.empty()) {
        return std::nullopt;
    }
    switch (bytes[0] >> 4U) {
    case 4:
        return decode_ipv4(bytes);
    case 6:
        return decode_ipv6(bytes);
    default:
        return std::nullopt;
    }
}

/// Those ICMP messages that are queries and carry an identifier, by which conntrack keeps them apart.
bool has_identifier(const Service& service) {
    constexpr std::uint8_t echo = 8;
    constexpr std::uint8_t echo_reply = 0;
    constexpr std::uint8_t timestamp = 13;
    constexpr std::uint8_t address_mask_reply = 18;
    constexpr std::uint8_t echo_v6 = 128;
    constexpr std::uint8_t node_information_reply = 140;
    const auto type = service.icmp_type();
    if (service.protocol == model::protocol::icmp) {
        return type == echo || type == echo_reply || (type >= timestamp && type <= address_mask_reply);
    }
    return type == echo_v6 || type == echo_v6 + 1 ||
           (type >= node_information_reply - 1 && type <= node_information_reply);
}

std::optional<Tuple> decode_tuple(const Network& network) {
    Tuple tuple{network.source, {{network.protocol, 0}, network.destination}, 0};
    const Bytes transport = network.transport;
    if (network.protocol.has_ports()) {
        if (transport.size() < 4) {
            return std::nullopt;
        }
        tuple.source_detail = read_number<std::uint16_t>(transport, 0);
        tuple.destination.service.detail = read_number<std::uint16_t>(transport, 2);
    } else if (network.protocol.is_icmp()) {
        if (transport.size() < 8) {
            return std::nullopt;
        }
        tuple.destination.service = Service::icmp(network.protocol, transport[0], transport[1]);
        if (has_identifier(tuple.destination.service)) {
            tuple.source_detail = read_number<std::uint16_t>(transport, 4);
        }
    }
    return tuple;
}

bool is_unreachable(const Service& service) {
    constexpr std::uint8_t unreachable_v4 = 3;
    constexpr std::uint8_t unreachable_v6 = 1;
    constexpr std::uint8_t fragmentation_needed = 4; // asks for a smaller packet, and refuses nothing
    return (service.protocol == model::protocol::icmp && service.icmp_type() == unreachable_v4 &&
            service.icmp_code() != fragmentation_needed) ||
           (service.protocol == model::protocol::icmpv6 && service.icmp_type() == unreachable_v6);
}

} // namespace

std::optional<Packet> decode_packet(Bytes bytes) {
    const auto network = decode_network(bytes);
    if (!network) {
        return std::nullopt;
    }
    const auto tuple = decode_tuple(*network);
    if (!tuple) {
        return std::nullopt;
    }
    Packet packet{*tuple, std::nullopt};
    if (is_unreachable(tuple->destination.service)) {
        // Both put the packet that could not be delivered behind eight octets of their own.
        if (const auto inner = decode_network(network->transport.subspan(8))) {
            packet.unreachable = decode_tuple(*inner);
        }
    }
    return packet;
}

std::optional<Carried> decode_carried(Bytes bytes) {
    const auto network = decode_network(bytes);
    if (!network || network->fragment) {
        return std::nullopt;
    }
    const auto tuple = decode_tuple(*network);
    if (!tuple) {
        return std::nullopt;
    }
    const Bytes transport = network->transport;
    Carried carried{*tuple, 0, false, false, {}, network->cut};
    if (network->protocol == model::protocol::udp && transport.size() >= 8) {
        const auto whole = as_long_as(transport, read_number<std::uint16_t>(transport, 4)); // RFC 768
        if (whole.size() < 8) {
            return std::nullopt;
        }
        carried.payload = whole.subspan(8);
        return carried;
    }
    if (network->protocol != model::protocol::tcp || transport.size() < 20) {
        return std::nullopt;
    }
    const std::size_t header = std::size_t{transport[12]} >> 4U; // RFC 9293 3.1: in words of 32 bits
    if (header < 5 || header * 4 > transport.size()) {
        return std::nullopt;
    }
    constexpr unsigned fin = 1;
    constexpr unsigned syn = 2;
    constexpr unsigned reset = 4;
    carried.sequence = read_number<std::uint32_t>(transport, 4);
    carried.syn = (transport[13] & syn) != 0;
    carried.last = (transport[13] & (fin | reset)) != 0;
    carried.sequence += carried.syn ? 1 : 0;
    carried.payload = transport.subspan(header * 4);
    return carried;
}

} // namespace fwlearn::collector
