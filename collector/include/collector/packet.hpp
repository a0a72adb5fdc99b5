// Decodes the head of a packet to the tuple of its flow, and finds what it carries. Reads foreign bytes:
// whatever they are, it reads no byte outside of them and answers nothing for what it cannot understand.
// Called by nflog; fuzzed by tests/fuzz.
#pragma once

#include "collector/tuple.hpp"

#include <span>

namespace fwlearn::collector {

struct Packet {
    Tuple tuple;
    /// The flow that this packet says cannot be had: it is an ICMP or ICMPv6 destination unreachable
    /// (RFC 792, RFC 4443 3.1), and this is the tuple of the packet inside.
    std::optional<Tuple> unreachable;

    bool operator==(const Packet&) const = default;
};

/// What a TCP segment or a UDP datagram carries.
struct Carried {
    Tuple tuple;
    std::uint32_t sequence = 0; ///< TCP: of the first octet of the payload
    bool syn = false;           ///< TCP: the stream begins behind this segment
    bool last = false;          ///< TCP: FIN or RST
    std::span<const std::uint8_t> payload;
    bool cut = false; ///< there was more, of which no copy was made
};

/// `bytes` begin with the IPv4 or IPv6 header and may be cut anywhere behind it. IPv6 extension headers are
/// walked as `meta l4proto` of nftables does (net/netfilter/nf_tables: ipv6_find_hdr, which stops at AH), so
/// that a rule for the protocol found matches the packet. Nothing for a fragment other than the first.
std::optional<Packet> decode_packet(std::span<const std::uint8_t> bytes);

/// The same for what is inside. The payload is as long as the headers say, and no longer than `bytes`.
/// Nothing for other protocols and for fragments of which there is more: what they carry is not whole.
std::optional<Carried> decode_carried(std::span<const std::uint8_t> bytes);

} // namespace fwlearn::collector
