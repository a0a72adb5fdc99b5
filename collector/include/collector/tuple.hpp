// The original tuple of a flow, by which log messages, conntrack events and sockets are joined.
// Knows nothing of where it was read. Used inside the collector only.
#pragma once

#include <model/secret_hash.hpp>
#include <model/service.hpp>

#include <cstring>

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
        using fwlearn::model::Family;
        const auto source = tuple.source.octets();
        const auto destination = tuple.destination.address.octets();
        const auto service = std::uint64_t{tuple.destination.service.protocol.number} << 32U |
                             std::uint64_t{tuple.destination.service.detail} << 16U | tuple.source_detail;
        if (tuple.source.family() == Family::ipv4 && tuple.destination.address.family() == Family::ipv4) {
            std::uint64_t both = 0;
            std::memcpy(&both, source.data(), sizeof both / 2);
            std::memcpy(reinterpret_cast<char*>(&both) + sizeof both / 2, destination.data(), // NOLINT
                        sizeof both / 2);
            return static_cast<std::size_t>(fwlearn::model::secret_hash(both, service));
        }
        const std::hash<fwlearn::model::Address> of_address;
        return static_cast<std::size_t>(fwlearn::model::secret_hash(of_address(tuple.destination.address),
                                                                    of_address(tuple.source) ^ service));
    }
};
