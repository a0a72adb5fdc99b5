// The original tuple of a flow, by which log messages, conntrack events and sockets are joined.
// Knows nothing of where it was read. Used inside the collector only.
#pragma once

#include <model/mixed.hpp>
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
        const auto destination = fwlearn::model::mixed(of_address(tuple.destination.address), service);
        return static_cast<std::size_t>(fwlearn::model::mixed(destination, of_address(tuple.source)));
    }
};
