#include "analyzer/verdict.hpp"

namespace fwlearn::analyzer {
namespace {

bool holds(const model::Prefix& prefix, const model::Address& address) {
    const auto wanted = prefix.address().octets();
    const auto given = address.octets();
    if (wanted.size() != given.size()) {
        return false;
    }
    for (unsigned bit = 0; bit < prefix.length(); ++bit) {
        const auto mask = 0x80U >> (bit % 8);
        if ((wanted[bit / 8] & mask) != (given[bit / 8] & mask)) {
            return false;
        }
    }
    return true;
}

/// Whether the path leads to this cgroup or to one below it.
bool is_within(const std::string& path, const std::string& cgroup) {
    const auto begin = path.empty() || path[0] != '/' ? 0U : 1U;
    const auto size = cgroup.size();
    return size > 0 && path.compare(begin, size, cgroup) == 0 &&
           (path.size() == begin + size || path[begin + size] == '/');
}

bool selects(const model::Selector& selector, const Packet& packet) {
    const auto& owner = packet.owner;
    switch (selector.kind) {
    case model::SelectorKind::any:
        return true;
    case model::SelectorKind::kernel:
        return owner.kind == model::OwnerKind::kernel;
    case model::SelectorKind::uid:
        return owner.kind == model::OwnerKind::user && owner.uid == selector.uid;
    case model::SelectorKind::unit:
        return is_within(packet.cgroup.raw_bytes(), selector.cgroup.raw_bytes());
    }
    return false;
}

bool admits(const model::Rule& rule, const Packet& packet) {
    const auto& service = packet.destination.service;
    bool selected = false;
    for (const auto& selector : rule.selectors) {
        selected = selected || selects(selector, packet);
    }
    if (rule.protocol.number != service.protocol.number || !selected) {
        return false;
    }
    bool service_listed = false;
    for (const auto& range : rule.details) {
        service_listed = service_listed || (range.first <= service.detail && service.detail <= range.last);
    }
    if (!service_listed) {
        return false;
    }
    for (const auto& prefix : rule.addresses) {
        if (holds(prefix, packet.destination.address)) {
            return true;
        }
    }
    return false;
}

/// What stands before the rules in every whitelist; empty when none of it takes this packet.
std::string fixed_part(const Packet& packet) {
    const auto number = packet.destination.service.protocol.number;
    const auto detail = packet.destination.service.detail;
    const bool ipv4 = packet.destination.address.family() == model::Family::ipv4;
    if (packet.destination.address.is_loopback()) {
        return "loopback";
    }
    if (number == 1 && ipv4) {
        const auto type = detail / 256;
        if (type == 3 || type == 11 || type == 12) {
            return "ICMP errors";
        }
    } else if (number == 58 && !ipv4) {
        const auto type = detail / 256;
        if (type >= 1 && type <= 4) {
            return "ICMPv6 errors";
        }
        if (type == 133 || type == 135 || type == 136) {
            return "neighbour discovery";
        }
        if (type == 131 || type == 132 || type == 143) {
            return "multicast listener";
        }
    } else if (number == 17 && packet.owner.kind == model::OwnerKind::user && packet.owner.uid < 1000) {
        if (detail == (ipv4 ? 67 : 547)) {
            return "DHCP";
        }
    }
    return {};
}

} // namespace

Verdict verdict(const model::Whitelist& whitelist, const Packet& packet) {
    auto fixed = fixed_part(packet);
    if (!fixed.empty()) {
        return {true, std::move(fixed)};
    }
    for (const auto& rule : whitelist.rules) {
        if (admits(rule, packet)) {
            return {true, rule.id};
        }
    }
    return {false, "no rule"};
}

} // namespace fwlearn::analyzer
