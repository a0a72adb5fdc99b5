// The original tuple of a flow, by which log messages, conntrack events and sockets are joined.
// Knows nothing of where it was read. Used inside the collector only.
#pragma once

#include <model/service.hpp>

namespace fwlearn::collector {

struct Tuple {
    model::Address source;
    model::Destination destination;
    /// Source port, or the identifier of an ICMP query, or 0: the kernel's conntrack tuple has them so too
    /// (net/netfilter/nf_conntrack_proto_icmp.c).
    std::uint16_t source_detail = 0;

    auto operator<=>(const Tuple&) const = default;
};

} // namespace fwlearn::collector

template <>
struct std::hash<fwlearn::collector::Tuple> {
    std::size_t operator()(const fwlearn::collector::Tuple& tuple) const noexcept {
        const std::hash<fwlearn::model::Address> of_address;
        const auto service = std::uint64_t{tuple.destination.service.protocol.number} << 32U |
                             std::uint64_t{tuple.destination.service.detail} << 16U | tuple.source_detail;
        std::uint64_t mixed = of_address(tuple.destination.address) ^ (service * 0x9e3779b97f4a7c15ULL);
        mixed = (mixed ^ (mixed >> 32U)) * 0xbf58476d1ce4e5b9ULL + of_address(tuple.source);
        return static_cast<std::size_t>(mixed ^ (mixed >> 31U));
    }
};
