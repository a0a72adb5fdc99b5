#include "corpus.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace fwlearn::tests {
namespace {

using namespace model;

class Maker {
  public:
    explicit Maker(unsigned seed) : random_(seed) {}

    unsigned below(unsigned limit) { return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_); }

    Rule rule() {
        Rule result;
        result.protocol = protocol();
        result.selectors = selectors();
        result.details = details(result.protocol);
        const auto count = 1 + below(below(4) == 0 ? 30 : 5);
        if (below(5) == 0) {
            for (unsigned name = 0; name < 1 + below(3); ++name) {
                NamedAddresses known{
                    ForeignText("host" + std::to_string(below(50)) + ".example.org"), {}, 300, false};
                for (const auto& prefix : prefixes(result.protocol, count, true)) {
                    known.addresses.push_back(prefix.address());
                }
                result.by_name.push_back(std::move(known));
            }
        } else {
            result.addresses = prefixes(result.protocol, count, below(3) == 0);
        }
        return result;
    }

  private:
    Protocol protocol() {
        constexpr std::array all{protocol::tcp,  protocol::tcp,     protocol::tcp,    protocol::udp,
                                 protocol::udp,  protocol::icmp,    protocol::icmpv6, protocol::sctp,
                                 protocol::dccp, protocol::udplite, protocol::gre,    Protocol{253}};
        return all.at(below(all.size()));
    }

    std::vector<Selector> selectors() {
        constexpr std::array users{0U, 33U, 999U, 1000U, 4001U, 65534U, 4000000000U};
        std::vector<Selector> result;
        for (unsigned number = 0; number < 1 + below(3); ++number) {
            switch (below(12)) {
            case 0:
                result.push_back({});
                break;
            case 1:
                result.push_back({SelectorKind::kernel, 0, {}, {}, {}});
                break;
            case 2:
                result.push_back(unit());
                break;
            default:
                result.push_back({SelectorKind::uid, users.at(below(users.size())), {}, {}, {}});
            }
        }
        std::sort(result.begin(), result.end());
        result.erase(std::unique(result.begin(), result.end()), result.end());
        return result;
    }

    /// Of every type that has a cgroup, of templates, and with the escapes of systemd.unit(5).
    Selector unit() {
        constexpr std::array<std::pair<const char*, const char*>, 8> units{
            {{"cron.service", "system.slice/cron.service"},
             {"worker@5001.service", "system.slice/system-worker.slice/worker@5001.service"},
             {"dev-disk-by\\x2dlabel-x.swap", "system.slice/dev-disk-by\\x2dlabel-x.swap"},
             {"srv-data.mount", "system.slice/srv-data.mount"},
             {"git.socket", "system.slice/git.socket"},
             {"backup\\x2dnight@a:b.service", "backup.slice/backup\\x2dnight@a:b.service"},
             {"own.slice", "own.slice"},
             {"own-job.service", "own.slice/own-job.service"}}};
        const auto& [name, cgroup] = units.at(below(units.size()));
        return {SelectorKind::unit, 0, ForeignText(name), ForeignText(cgroup), {}};
    }

    std::vector<DetailRange> details(const Protocol& protocol) {
        if (!protocol.has_ports() && !protocol.is_icmp()) {
            return {0};
        }
        std::vector<DetailRange> result;
        const auto count = 1 + below(below(4) == 0 ? 40 : 4);
        for (unsigned number = 0; number < count; ++number) {
            if (protocol.is_icmp()) {
                result.emplace_back(static_cast<std::uint16_t>(below(256) << 8U | below(4)));
            } else if (below(6) == 0) {
                const auto first = below(65000);
                result.emplace_back(static_cast<std::uint16_t>(first),
                                    static_cast<std::uint16_t>(first + 1 + below(500)));
            } else {
                constexpr std::array edges{0U, 1U, 22U, 53U, 67U, 547U, 1023U, 1024U, 65535U};
                result.emplace_back(
                    static_cast<std::uint16_t>(below(4) == 0 ? edges.at(below(edges.size())) : below(2000)));
            }
        }
        std::sort(result.begin(), result.end());
        std::vector<DetailRange> disjoint;
        for (const auto& range : result) {
            if (disjoint.empty() || range.first > disjoint.back().last) {
                disjoint.push_back(range);
            }
        }
        return disjoint;
    }

    Address address(bool ipv4) {
        if (ipv4) {
            return Address::v4((below(2) == 0 ? 0xc6120000U : 0xcb007100U) | below(below(2) == 0 ? 256 : 32));
        }
        std::array<std::uint8_t, 16> octets{0x20, 0x01, 0x0d,
                                            0xb8, 0,    static_cast<std::uint8_t>(2 + below(2))};
        octets[15] = static_cast<std::uint8_t>(below(64));
        octets[14] = static_cast<std::uint8_t>(below(2));
        return Address::v6(octets);
    }

    std::vector<Prefix> prefixes(const Protocol& of, unsigned count, bool single) {
        std::vector<Prefix> all;
        for (unsigned number = 0; number < count; ++number) {
            const bool ipv4 = of == protocol::icmp || (of != protocol::icmpv6 && below(3) != 0);
            const auto one = address(ipv4);
            all.emplace_back(one, single || below(2) == 0 ? one.bits() : one.bits() - below(14));
        }
        std::sort(all.begin(), all.end());
        std::vector<Prefix> disjoint;
        for (const auto& prefix : all) {
            if (disjoint.empty() || !disjoint.back().contains(prefix.address())) {
                disjoint.push_back(prefix);
            }
        }
        return disjoint;
    }

    std::mt19937 random_;
};

/// One of the many addresses of a prefix.
Address within(const Prefix& prefix, std::mt19937& random) {
    // Of very wide ones, where a laboratory has routes: 198.18.0.0/15 (RFC 2544) and 2001:db8::/32 (RFC
    // 3849).
    const bool ipv4 = prefix.address().family() == Family::ipv4;
    const auto inner = *Prefix::parse(ipv4 ? "198.18.0.0/16" : "2001:db8:3::/112");
    const auto& from = prefix.length() < 15 && prefix.contains(inner.address()) ? inner : prefix;
    std::vector<std::uint8_t> octets(from.address().octets().begin(), from.address().octets().end());
    for (unsigned bit = from.length(); bit < prefix.address().bits(); ++bit) {
        if (random() % 2 == 0) {
            octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] | 0x80U >> (bit % 8));
        }
    }
    return *Address::from_octets(octets);
}

SocketOwner owner_for(const Selector& selector) {
    constexpr std::uint32_t somebody = 4321;
    return selector.kind == SelectorKind::kernel
               ? SocketOwner::kernel()
               : SocketOwner::user(selector.kind == SelectorKind::uid ? selector.uid : somebody, 4101);
}

/// One sender's packets that one rule admits, in any order.
std::vector<analyzer::Packet> packets_of(const Rule& rule, const Selector& selector, std::mt19937& random) {
    std::vector<analyzer::Packet> packets;
    for (const auto& prefix : rule.addresses) {
        for (const auto& range : rule.details) {
            const auto detail = static_cast<std::uint16_t>(range.first + random() % range.size());
            packets.push_back(
                {owner_for(selector), {{rule.protocol, detail}, within(prefix, random)}, selector.cgroup});
        }
    }
    std::shuffle(packets.begin(), packets.end(), random);
    return packets;
}

void admit(Case& one, std::mt19937& random) {
    one.admitted.clear();
    std::vector<std::vector<analyzer::Packet>> senders;
    for (const auto& rule : one.whitelist.rules) {
        for (const auto& selector : rule.selectors) {
            senders.push_back(packets_of(rule, selector, random));
        }
    }
    for (std::size_t turn = 0, added = 1; added > 0; ++turn) {
        added = 0;
        for (const auto& packets : senders) {
            if (turn < packets.size()) {
                one.admitted.push_back(packets[turn]);
                ++added;
            }
        }
    }
}

} // namespace

void finish(Case& one, unsigned seed) {
    std::mt19937 random(seed);
    unsigned number = 0;
    for (auto& rule : one.whitelist.rules) {
        rule.id = std::to_string(100000000000ULL + seed * 1000ULL + number++).substr(0, 12);
        for (const auto& known : rule.by_name) {
            rule.names.push_back(known.name);
            for (const auto& address : known.addresses) {
                rule.addresses.emplace_back(address);
            }
        }
        std::sort(rule.names.begin(), rule.names.end());
        std::sort(rule.addresses.begin(), rule.addresses.end());
        rule.addresses.erase(std::unique(rule.addresses.begin(), rule.addresses.end()), rule.addresses.end());
    }
    admit(one, random);
}

Case for_everybody(Case one, unsigned seed) {
    for (auto& rule : one.whitelist.rules) {
        rule.selectors = {Selector{}};
        rule.by_name.clear();
    }
    std::mt19937 random(seed);
    admit(one, random);
    return one;
}

Case random_case(unsigned seed) {
    Maker maker(seed);
    Case one;
    one.name = "random " + std::to_string(seed);
    for (unsigned rule = 0; rule < 1 + maker.below(12); ++rule) {
        one.whitelist.rules.push_back(maker.rule());
    }
    finish(one, seed);
    return one;
}

} // namespace fwlearn::tests
