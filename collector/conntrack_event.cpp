#include "conntrack_event.hpp"

#include "network_order.hpp"

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cstring>

namespace fwlearn::collector {
namespace {

using Octets = std::span<const std::uint8_t>;

/// Calls `handler(type, value)` for each attribute, up to the first that does not fit.
template <typename Handler>
void for_each_attribute(Octets left, const Handler& handler) {
    nlattr head{};
    while (left.size() >= sizeof head) {
        std::memcpy(&head, left.data(), sizeof head);
        const std::size_t length = head.nla_len;
        if (length < sizeof head || length > left.size()) {
            return;
        }
        handler(head.nla_type & NLA_TYPE_MASK, left.subspan(sizeof head, length - sizeof head));
        left = left.subspan(std::min<std::size_t>(NLA_ALIGN(length), left.size()));
    }
}

/// Network order; 0 where it has another length.
template <typename Number>
Number number(Octets value) {
    return value.size() == sizeof(Number) ? read_number<Number>(value.first<sizeof(Number)>()) : Number{0};
}

struct Ends {
    std::optional<model::Address> source, destination;
};

Ends read_addresses(Octets attributes) {
    Ends ends;
    for_each_attribute(attributes, [&ends](unsigned type, Octets value) {
        switch (type) {
        case CTA_IP_V4_SRC:
        case CTA_IP_V6_SRC:
            ends.source = model::Address::from_octets(value);
            break;
        case CTA_IP_V4_DST:
        case CTA_IP_V6_DST:
            ends.destination = model::Address::from_octets(value);
            break;
        default:
            break;
        }
    });
    return ends;
}

void read_protocol(Octets attributes, Tuple& tuple) {
    std::uint16_t source_port = 0, destination_port = 0, icmp_id = 0;
    std::uint8_t icmp_type = 0, icmp_code = 0;
    model::Protocol protocol{0};
    for_each_attribute(attributes, [&](unsigned type, Octets value) {
        switch (type) {
        case CTA_PROTO_NUM:
            protocol.number = number<std::uint8_t>(value);
            break;
        case CTA_PROTO_SRC_PORT:
            source_port = number<std::uint16_t>(value);
            break;
        case CTA_PROTO_DST_PORT:
            destination_port = number<std::uint16_t>(value);
            break;
        case CTA_PROTO_ICMP_ID:
        case CTA_PROTO_ICMPV6_ID:
            icmp_id = number<std::uint16_t>(value);
            break;
        case CTA_PROTO_ICMP_TYPE:
        case CTA_PROTO_ICMPV6_TYPE:
            icmp_type = number<std::uint8_t>(value);
            break;
        case CTA_PROTO_ICMP_CODE:
        case CTA_PROTO_ICMPV6_CODE:
            icmp_code = number<std::uint8_t>(value);
            break;
        default:
            break;
        }
    });
    tuple.source_detail = 0;
    tuple.destination.service = {protocol, 0};
    if (protocol.has_ports()) {
        tuple.source_detail = source_port;
        tuple.destination.service.detail = destination_port;
    } else if (protocol.is_icmp()) {
        tuple.source_detail = icmp_id;
        tuple.destination.service = model::Service::icmp(protocol, icmp_type, icmp_code);
    }
}

std::optional<Tuple> read_tuple(Octets attributes) {
    Ends ends;
    Tuple tuple;
    for_each_attribute(attributes, [&](unsigned type, Octets value) {
        if (type == CTA_TUPLE_IP) {
            ends = read_addresses(value);
        } else if (type == CTA_TUPLE_PROTO) {
            read_protocol(value, tuple);
        }
    });
    if (!ends.source || !ends.destination || ends.source->family() != ends.destination->family()) {
        return std::nullopt;
    }
    tuple.source = *ends.source;
    tuple.destination.address = *ends.destination;
    return tuple;
}

void read_counters(Octets attributes, std::uint64_t& packets, std::uint64_t& bytes) {
    for_each_attribute(attributes, [&](unsigned type, Octets value) {
        if (type == CTA_COUNTERS_PACKETS) {
            packets = number<std::uint64_t>(value);
        } else if (type == CTA_COUNTERS_BYTES) {
            bytes = number<std::uint64_t>(value);
        }
    });
}

/// CTA_PROTOINFO: of TCP its state, and how conntrack came to know it.
void read_state(Octets attributes, ConntrackEntry& entry) {
    for_each_attribute(attributes, [&entry](unsigned of, Octets more) {
        if (of != CTA_PROTOINFO_TCP) {
            return;
        }
        for_each_attribute(more, [&entry](unsigned type, Octets value) {
            if (type == CTA_PROTOINFO_TCP_STATE) {
                take_tcp_state(entry, number<std::uint8_t>(value));
            } else if (type == CTA_PROTOINFO_TCP_FLAGS_ORIGINAL && !value.empty()) {
                // Of what begins with a SYN they are the SYN's options (tcp_new() in
                // net/netfilter/nf_conntrack_proto_tcp.c).
                entry.picked_up = (value.front() & IP_CT_TCP_FLAG_BE_LIBERAL) != 0;
            }
        });
    });
}

} // namespace

void take_tcp_state(ConntrackEntry& entry, std::uint8_t state) {
    // A reset before any reply kills the entry in state CLOSE, in which it is destroyed
    // (nf_conntrack_tcp_packet() in net/netfilter/nf_conntrack_proto_tcp.c).
    entry.tcp_closed = state == TCP_CONNTRACK_CLOSE;
    entry.tcp_ending = state > TCP_CONNTRACK_ESTABLISHED && state <= TCP_CONNTRACK_CLOSE;
}

void take_status(ConntrackEntry& entry, std::uint32_t status) {
    entry.seen_reply = (status & IPS_SEEN_REPLY) != 0;
    entry.expected = (status & IPS_EXPECTED) != 0;
}

std::optional<ConntrackEntry> read_conntrack_event(Octets attributes) {
    ConntrackEntry entry;
    std::optional<Tuple> tuple;
    for_each_attribute(attributes, [&](unsigned type, Octets value) {
        switch (type) {
        case CTA_TUPLE_ORIG:
            tuple = read_tuple(value);
            break;
        case CTA_STATUS:
            take_status(entry, number<std::uint32_t>(value));
            break;
        case CTA_PROTOINFO:
            read_state(value, entry);
            break;
        case CTA_COUNTERS_ORIG:
            read_counters(value, entry.traffic.packets_out, entry.traffic.bytes_out);
            break;
        case CTA_COUNTERS_REPLY:
            read_counters(value, entry.traffic.packets_in, entry.traffic.bytes_in);
            break;
        case CTA_ID:
            entry.id = number<std::uint32_t>(value);
            break;
        default:
            break;
        }
    });
    if (!tuple) {
        return std::nullopt;
    }
    entry.tuple = *tuple;
    return entry;
}

} // namespace fwlearn::collector
