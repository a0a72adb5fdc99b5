#include "plan.hpp"

#include "netns.hpp"
#include "responder.hpp"

#include <array>

namespace fwlearn::kernel_test {
namespace {

using model::Family;
using model::Service;
namespace protocol = model::protocol;

constexpr model::Protocol experimental{253}; // RFC 3692

struct Kind {
    model::Protocol protocol;
    Outcome outcome;
    std::uint16_t first_port = 0;
    std::uint16_t port_count = 1;
    bool multicast = false;
};

constexpr std::array kinds{
    Kind{protocol::tcp, Outcome::answered, ports::answering, ports::answering_count},
    Kind{protocol::tcp, Outcome::refused, ports::refusing, 50},
    Kind{protocol::tcp, Outcome::unanswered, ports::silent, 50},
    Kind{protocol::udp, Outcome::answered, ports::answering, ports::answering_count},
    Kind{protocol::udp, Outcome::refused, ports::refusing, 50},
    Kind{protocol::udp, Outcome::unanswered, ports::silent, 50},
    Kind{protocol::udp, Outcome::unanswered, 5353, 1, true},
    Kind{protocol::icmp, Outcome::answered},
    // Refused for IPv4, where there is an ICMP error for it; silent for IPv6. The responder sees to that.
    Kind{protocol::sctp, Outcome::refused, 3868, 3},
    Kind{protocol::gre, Outcome::refused},
    Kind{experimental, Outcome::refused},
};

/// Owners share destinations. But where nothing else tells flows apart, two owners' packets to one address
/// are one flow for conntrack, so each has addresses of its own.
unsigned address_index(const Kind& kind, unsigned step, unsigned owner) {
    const bool told_apart = kind.protocol.has_ports() || kind.protocol.is_icmp();
    return (step * (told_apart ? 3 : 5) + owner) % 512;
}

model::Address multicast(Family family, unsigned index) {
    const auto low = static_cast<std::uint8_t>(index);
    const auto high = static_cast<std::uint8_t>(index >> 8U);
    if (family == Family::ipv4) {
        constexpr std::uint32_t organisation_local = 0xefc00000; // 239.192.0.0/14, RFC 2365
        return model::Address::v4(organisation_local | index);
    }
    const std::array<std::uint8_t, 16> site_local{0xff, 0x05, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, high, low};
    return model::Address::v6(site_local);
}

model::Destination destination(const Kind& kind, Family family, unsigned index, unsigned step) {
    const auto address = kind.multicast ? multicast(family, index) : Lab::internet_address(family, index);
    if (kind.protocol == protocol::icmp) {
        return {family == Family::ipv4 ? Service::icmp(protocol::icmp, 8, 0)
                                       : Service::icmp(protocol::icmpv6, 128, 0),
                address};
    }
    const auto port = static_cast<std::uint16_t>(kind.first_port + step % kind.port_count);
    return {Service::port(kind.protocol, kind.protocol.has_ports() ? port : std::uint16_t{0}), address};
}

} // namespace

std::string to_string(const PlannedFlow& flow) {
    constexpr std::array words{"answered", "refused", "unanswered"};
    return "uid " + std::to_string(flow.owner.uid) + " gid " + std::to_string(flow.owner.gid) + " " +
           flow.destination.service.to_string() + " " + flow.destination.address.to_string() + " " +
           words.at(static_cast<std::size_t>(flow.outcome));
}

std::vector<model::SocketOwner> owners() {
    std::vector<model::SocketOwner> all{model::SocketOwner::user(0, 0)};
    for (std::uint32_t number = 4001; number <= 4004; ++number) {
        all.push_back(model::SocketOwner::user(number, number + 100));
    }
    return all;
}

std::vector<PlannedFlow> mixed_plan(std::size_t count) {
    const auto who = owners();
    std::vector<PlannedFlow> plan;
    for (unsigned step = 0;; ++step) {
        // A step's address differs from every other step's, so no two flows of one kind and owner are alike.
        for (std::size_t owner = 0; owner < who.size(); ++owner) {
            for (const auto& kind : kinds) {
                for (const auto family : {Family::ipv4, Family::ipv6}) {
                    if (plan.size() == count) {
                        return plan;
                    }
                    const auto index = address_index(kind, step, static_cast<unsigned>(owner));
                    const bool silent = kind.outcome == Outcome::refused && family == Family::ipv6 &&
                                        kind.protocol != protocol::tcp && kind.protocol != protocol::udp;
                    plan.push_back({who[owner], destination(kind, family, index, step),
                                    silent ? Outcome::unanswered : kind.outcome});
                }
            }
        }
    }
}

std::vector<PlannedFlow> connection_plan(std::size_t count) {
    const auto who = owners();
    std::vector<PlannedFlow> plan;
    for (unsigned index = 0; index < count; ++index) {
        const auto family = index % 2 == 0 ? Family::ipv4 : Family::ipv6;
        const auto port = static_cast<std::uint16_t>(ports::answering + index % ports::answering_count);
        plan.push_back({who[index % who.size()],
                        {Service::port(protocol::tcp, port), Lab::internet_address(family, 511 - index)},
                        Outcome::answered});
    }
    return plan;
}

} // namespace fwlearn::kernel_test
