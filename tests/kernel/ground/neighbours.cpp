#include "neighbours.hpp"

#include "plan.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <set>

namespace fwlearn::kernel_test {
namespace {

using model::Family;
using model::Service;
namespace protocol = model::protocol;

class Mutator {
  public:
    Mutator(std::span<const Attempt> observed, unsigned seed) : observed_(observed), random_(seed) {}

    Attempt next() {
        auto attempt = any();
        auto& [service, address] = attempt.destination;
        switch (below(7)) {
        case 0:
            change_sender(attempt);
            break;
        case 1: // what somebody reaches, or what nobody does
            address = other_address(address.family());
            break;
        case 2: {
            const auto donor = any().destination.address;
            address = donor.family() == address.family() ? donor : address;
            break;
        }
        case 3:
            service.detail = other_detail(service);
            break;
        case 4:
            service = other_protocol(service, address.family());
            break;
        case 5: {
            const auto donor = any().destination;
            service = donor.address.family() == address.family() ? donor.service : service;
            break;
        }
        default:
            address = other_address(address.family() == Family::ipv4 ? Family::ipv6 : Family::ipv4);
            service = translated(service, address.family());
            break;
        }
        return attempt;
    }

  private:
    unsigned below(unsigned limit) { return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_); }
    const Attempt& any() { return observed_[below(static_cast<unsigned>(observed_.size()))]; }

    /// Another user, or the same in another cgroup, or in none of the test's.
    void change_sender(Attempt& attempt) {
        if (attempt.cgroup.empty() || below(2) == 0) {
            attempt.owner = other_owner();
            return;
        }
        constexpr std::array beside{"", "-neighbour", "/below"};
        const auto* suffix = beside.at(below(beside.size()));
        attempt.cgroup = *suffix == '\0' ? std::string() : attempt.cgroup + suffix;
    }

    model::SocketOwner other_owner() {
        const auto all = owners();
        // A user of the others', one next to them, or one of the system's.
        constexpr std::array strangers{4000U, 4005U, 1U, 999U, 1000U, 65534U};
        return below(2) == 0 ? all[below(static_cast<unsigned>(all.size()))]
                             : model::SocketOwner::user(strangers.at(below(strangers.size())), 4101);
    }

    model::Address other_address(Family family) {
        if (below(2) == 0) {
            return Lab::internet_address(family, below(512));
        }
        if (family == Family::ipv4) {
            constexpr std::uint32_t benchmarks = 0xc6120000; // 198.18.0.0/15, RFC 2544
            return model::Address::v4(benchmarks | below(1U << 17U));
        }
        std::array<std::uint8_t, 16> octets{0x20, 0x01, 0x0d, 0xb8, 0, 3};
        octets[15] = static_cast<std::uint8_t>(below(256));
        return model::Address::v6(octets);
    }

    std::uint16_t other_detail(const Service& service) {
        if (service.protocol.has_ports()) {
            constexpr std::array well_known{22U, 53U, 67U, 80U, 443U, 547U, 0U, 65535U};
            const auto next = std::uint32_t{service.detail} + (below(2) == 0 ? 1U : 0xffffU);
            return static_cast<std::uint16_t>(below(3) == 0 ? well_known.at(below(well_known.size())) : next);
        }
        return service.protocol.is_icmp() ? static_cast<std::uint16_t>(below(20) << 8U | below(3))
                                          : std::uint16_t{0};
    }

    Service other_protocol(const Service& service, Family family) {
        constexpr std::array with_ports{protocol::tcp, protocol::udp, protocol::sctp, protocol::dccp,
                                        protocol::udplite};
        constexpr std::array without{protocol::gre,       protocol::esp,        model::Protocol{4},
                                     model::Protocol{89}, model::Protocol{253}, model::Protocol{254}};
        switch (below(3)) {
        case 0:
            return {with_ports.at(below(with_ports.size())),
                    service.protocol.has_ports() ? service.detail : std::uint16_t{80}};
        case 1:
            return {without.at(below(without.size())), 0};
        default:
            return family == Family::ipv4
                       ? Service::icmp(protocol::icmp, static_cast<std::uint8_t>(below(20)), 0)
                       : Service::icmp(protocol::icmpv6,
                                       static_cast<std::uint8_t>(below(2) * 128 + below(20)), 0);
        }
    }

    static Service translated(const Service& service, Family family) {
        if (!service.protocol.is_icmp()) {
            return service;
        }
        return family == Family::ipv4 ? Service::icmp(protocol::icmp, 8, 0)
                                      : Service::icmp(protocol::icmpv6, 128, 0);
    }

    std::span<const Attempt> observed_;
    std::mt19937 random_;
};

} // namespace

std::vector<Attempt> neighbours_of(std::span<const Attempt> observed, std::size_t count, unsigned seed) {
    const std::set<Attempt> known(observed.begin(), observed.end());
    std::set<Attempt> found;
    Mutator mutator(observed, seed);
    std::vector<Attempt> attempts;
    while (attempts.size() < count) {
        const auto attempt = mutator.next();
        if (!known.contains(attempt) && found.insert(attempt).second) {
            attempts.push_back(attempt);
        }
    }
    return attempts;
}

} // namespace fwlearn::kernel_test
