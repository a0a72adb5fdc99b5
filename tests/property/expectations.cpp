#include "expectations.hpp"

#include <algorithm>

namespace fwlearn::tests {

bool accepts(const model::Whitelist& whitelist, const model::FlowKey& key) {
    return analyzer::verdict(whitelist, {key.owner, key.destination}).accepted;
}

std::vector<model::FlowKey> kept_flows(const model::Record& record, const model::Whitelist& whitelist) {
    std::vector<model::FlowKey> kept;
    for (const auto& flow : record.flows) {
        const bool left_out = std::any_of(whitelist.left_out.begin(), whitelist.left_out.end(),
                                          [&flow](const auto& out) { return out.flow == flow; });
        if (!left_out) {
            kept.push_back(flow.key);
        }
    }
    return kept;
}

bool always_admitted(const model::SocketOwner& owner, const model::Destination& to) {
    const bool ipv4 = to.address.family() == model::Family::ipv4;
    const auto type = to.service.icmp_type();
    const auto is_one_of = [type](std::initializer_list<int> types) {
        return std::find(types.begin(), types.end(), type) != types.end();
    };
    return to.address.is_loopback() ||
           (to.service.protocol == model::protocol::icmp && ipv4 && is_one_of({3, 11, 12})) ||
           (to.service.protocol == model::protocol::icmpv6 && !ipv4 &&
            is_one_of({1, 2, 3, 4, 131, 132, 133, 135, 136, 143})) ||
           (owner.kind == model::OwnerKind::user && owner.uid <= 999 &&
            to.service == model::Service::port(model::protocol::udp, ipv4 ? 67 : 547));
}

analyzer::Packet neighbour_of(const model::FlowKey& key, RandomRecord& world) {
    analyzer::Packet packet{key.owner, key.destination};
    auto& [service, address] = packet.destination;
    switch (world.below(5)) {
    case 0: // the user next door, or the user for the kernel
        packet.owner = model::SocketOwner::user(key.owner.uid + 1, key.owner.gid);
        break;
    case 1: { // one bit of the address, as at the edge of a prefix
        std::vector<std::uint8_t> octets(address.octets().begin(), address.octets().end());
        const auto bit = world.below(world.one_in(2) ? 5 : address.bits());
        octets[octets.size() - 1 - bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        address = *model::Address::from_octets(octets);
        break;
    }
    case 2: // the port, or the ICMP code
        if (service.protocol.has_ports() || service.protocol.is_icmp()) {
            service.detail = static_cast<std::uint16_t>(service.detail + (world.one_in(2) ? 1 : -1));
        }
        break;
    case 3: // the protocol
        service = service.protocol.has_ports()
                      ? model::Service::port(service.protocol == model::protocol::tcp ? model::protocol::udp
                                                                                      : model::protocol::tcp,
                                             service.detail)
                      : model::Service{model::protocol::esp, 0};
        break;
    default: // another place of the same world
        address = world.destination().address;
    }
    return packet;
}

bool was_observed(const model::Record& record, const model::SocketOwner& owner,
                  const model::Destination& to) {
    const bool ipv4 = to.address.family() == model::Family::ipv4;
    if (to.service.protocol == (ipv4 ? model::protocol::icmpv6 : model::protocol::icmp)) {
        return false;
    }
    bool by_this_sender = false;
    bool by_somebody_known = false;
    bool by_nobody_known = false;
    for (const auto& flow : record.flows) {
        const auto& by = flow.key.owner;
        if (flow.key.overflow || flow.key.destination != to || always_admitted(by, to)) {
            continue;
        }
        by_nobody_known = by_nobody_known || by.kind == model::OwnerKind::unknown;
        by_somebody_known = by_somebody_known || by.kind != model::OwnerKind::unknown;
        by_this_sender = by_this_sender || (by.kind != model::OwnerKind::unknown && by.kind == owner.kind &&
                                            by.uid == owner.uid);
    }
    return by_this_sender || (by_nobody_known && !by_somebody_known);
}

} // namespace fwlearn::tests
