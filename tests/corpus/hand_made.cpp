#include "corpus.hpp"

#include <algorithm>

namespace fwlearn::tests {
namespace {

using namespace model;

/// A rule in words: who, for what, where.
Rule rule(std::vector<Selector> selectors, Protocol protocol, std::vector<DetailRange> details,
          const std::vector<const char*>& prefixes) {
    Rule result;
    result.selectors = std::move(selectors);
    std::sort(result.selectors.begin(), result.selectors.end());
    result.protocol = protocol;
    result.details = std::move(details);
    for (const auto* text : prefixes) {
        result.addresses.push_back(*Prefix::parse(text));
    }
    std::sort(result.addresses.begin(), result.addresses.end());
    return result;
}

Rule named(std::vector<Selector> selectors,
           const std::vector<std::pair<const char*, std::vector<const char*>>>& names,
           DetailRange port = 443) {
    auto result = rule(std::move(selectors), protocol::tcp, {port}, {});
    for (const auto& [name, addresses] : names) {
        NamedAddresses known{ForeignText(name), {}, 60, false};
        for (const auto* text : addresses) {
            known.addresses.push_back(*Address::parse(text));
        }
        std::sort(known.addresses.begin(), known.addresses.end());
        result.by_name.push_back(std::move(known));
    }
    return result;
}

Selector uid(std::uint32_t number) {
    return {SelectorKind::uid, number, {}, {}, {}};
}
Selector unit(const char* name, const char* cgroup) {
    return {SelectorKind::unit, 0, ForeignText(name), ForeignText(cgroup), {}};
}

const std::vector<Selector> any{Selector{}};
const std::vector<Selector> root{uid(0)};
const std::vector<Selector> www{uid(33)};
const std::vector<Selector> kernel{{SelectorKind::kernel, 0, {}, {}, {}}};

std::uint16_t icmp(unsigned type, unsigned code = 0) {
    return static_cast<std::uint16_t>(type << 8U | code);
}

std::vector<DetailRange> ports(unsigned first, unsigned count, unsigned step) {
    std::vector<DetailRange> list;
    for (unsigned number = 0; number < count; ++number) {
        list.emplace_back(static_cast<std::uint16_t>(first + number * step));
    }
    return list;
}

std::vector<Prefix> hosts(std::uint32_t first, unsigned count, unsigned step) {
    std::vector<Prefix> list;
    for (unsigned number = 0; number < count; ++number) {
        list.emplace_back(Address::v4(first + number * step));
    }
    return list;
}

class Cases {
  public:
    void add(const char* name, std::vector<Rule> rules) {
        Case one;
        one.name = name;
        one.whitelist.rules = std::move(rules);
        finish(one, 5000 + static_cast<unsigned>(list_.size()));
        list_.push_back(std::move(one));
    }
    void add_hosts(const char* name, std::vector<Selector> selectors, std::vector<DetailRange> details,
                   std::vector<Prefix> prefixes) {
        auto one = rule(std::move(selectors), protocol::tcp, std::move(details), {});
        one.addresses = std::move(prefixes);
        add(name, {one});
    }
    std::vector<Case> take() { return std::move(list_); }

  private:
    std::vector<Case> list_;
};

void add_services(Cases& cases) {
    const std::vector<Selector> many{uid(0), uid(33), uid(101), uid(1000), uid(4001)};
    cases.add("nothing at all", {});
    cases.add("DNS and NTP of many", {rule(many, protocol::udp, {53}, {"198.18.0.53", "2001:db8:3::53"}),
                                      rule(many, protocol::tcp, {53}, {"198.18.0.53"}),
                                      rule({uid(101)}, protocol::udp, {123}, {"198.18.0.123"})});
    cases.add("the same service of two users apart", {rule(root, protocol::tcp, {80}, {"198.18.0.1"}),
                                                      rule(www, protocol::tcp, {80}, {"198.18.0.2"})});
    cases.add("two rules for one service of one user", {rule(www, protocol::tcp, {443, 80}, {"198.18.0.1"}),
                                                        rule(www, protocol::tcp, {443}, {"198.18.0.8/29"})});
    cases.add("everybody and somebody", {rule(any, protocol::udp, {514}, {"198.18.0.9"}),
                                         rule(www, protocol::udp, {514}, {"198.18.0.10"})});
    cases.add("the kernel alone", {rule(kernel, protocol::gre, {0}, {"198.18.0.1"})});
    cases.add("kernel and user share",
              {rule({kernel[0], uid(33)}, protocol::icmp, {icmp(8)}, {"198.18.0.0/16"})});
    cases.add("a user of the highest number",
              {rule({uid(4294967294U)}, protocol::tcp, {22}, {"198.18.0.1"})});
    cases.add("DHCP's port to a stranger", {rule({uid(1000)}, protocol::udp, {67}, {"198.18.0.67"})});
    cases.add("DHCPv6's port to a stranger", {rule({uid(1000)}, protocol::udp, {547}, {"2001:db8:3::547"})});
    cases.add("ICMP echo and timestamp", {rule(root, protocol::icmp, {icmp(8), icmp(13)}, {"198.18.0.1"})});
    cases.add("the ICMP type that iptables takes for all",
              {rule(root, protocol::icmp, {icmp(8), icmp(255)}, {"198.18.0.1"})});
    cases.add("ICMP with a code", {rule(root, protocol::icmp, {icmp(8, 1)}, {"198.18.0.1"})});
    cases.add("ICMPv6 echo", {rule(root, protocol::icmpv6, {icmp(128)}, {"2001:db8:3::/64"})});
    cases.add("both echoes", {rule(any, protocol::icmp, {icmp(8)}, {"198.18.0.0/24"}),
                              rule(any, protocol::icmpv6, {icmp(128)}, {"2001:db8:3::1"})});
    cases.add("GRE and an experiment", {rule(root, protocol::gre, {0}, {"198.18.0.1"}),
                                        rule(www, Protocol{253}, {0}, {"198.18.0.1", "2001:db8:3::1"})});
    cases.add("ESP over both versions", {rule(root, protocol::esp, {0}, {"198.18.0.1", "2001:db8:3::1"})});
    cases.add("SCTP, DCCP, UDP-Lite", {rule(root, protocol::sctp, {3868}, {"198.18.0.1"}),
                                       rule(root, protocol::dccp, {5000}, {"198.18.0.1"}),
                                       rule(root, protocol::udplite, {5000}, {"198.18.0.1"})});
    cases.add("a unit, a user and everybody", {rule({unit("a.service", "system.slice/a.service"), uid(33)},
                                                    protocol::tcp, {80}, {"198.18.0.1"}),
                                               rule(any, protocol::tcp, {81}, {"198.18.0.1"})});
    cases.add("units alone", {rule({unit("a.service", "system.slice/a.service"),
                                    unit("b@1.service", "system.slice/system-b.slice/b@1.service")},
                                   protocol::tcp, {443}, {"198.18.0.1", "2001:db8:3::1"})});
    cases.add("a unit with a backslash", {rule({unit("a\\x2db.service", "system.slice/a\\x2db.service")},
                                               protocol::tcp, {443}, {"198.18.0.1"})});
}

void add_ports(Cases& cases) {
    cases.add("one port", {rule(www, protocol::tcp, {443}, {"198.18.0.1"})});
    cases.add("the edges of ports", {rule(www, protocol::tcp, {0, 1, 65534, 65535}, {"198.18.0.1"})});
    cases.add("all ports", {rule(www, protocol::tcp, {DetailRange(0, 65535)}, {"198.18.0.1"})});
    cases.add("unprivileged ports",
              {rule(www, protocol::tcp, {21, DetailRange(1024, 65535)}, {"198.18.0.1"})});
    cases.add("a range cut by another rule",
              {rule(www, protocol::tcp, {DetailRange(8000, 9000)}, {"198.18.0.1"}),
               rule(www, protocol::tcp, {8080, 8443}, {"198.18.0.2"}),
               rule(www, protocol::tcp, {DetailRange(8500, 9500)}, {"198.18.0.3"})});
    cases.add("ranges that touch",
              {rule(www, protocol::udp, {DetailRange(10, 20), DetailRange(21, 30)}, {"198.18.0.1"})});
    cases.add("the same range of two users",
              {rule({uid(33), uid(34)}, protocol::udp, {DetailRange(100, 200)}, {"198.18.0.1"}),
               rule({uid(34)}, protocol::udp, {150}, {"198.18.0.2"})});
    for (const unsigned count : {14U, 15U, 16U, 30U, 31U, 200U}) {
        static const std::vector<std::pair<unsigned, const char*>> names{
            {14, "14 ports"}, {15, "15 ports"}, {16, "16 ports"},
            {30, "30 ports"}, {31, "31 ports"}, {200, "200 ports"}};
        const auto* name = std::find_if(names.begin(), names.end(), [count](const auto& entry) {
                               return entry.first == count;
                           })->second;
        cases.add(name, {rule(www, protocol::tcp, ports(1000, count, 3), {"198.18.0.1", "2001:db8:3::1"})});
    }
    auto mixed = ports(1000, 14, 3);
    mixed.emplace_back(2000, 2100);
    cases.add("14 ports and a range", {rule(www, protocol::tcp, mixed, {"198.18.0.1"})});
}

void add_places(Cases& cases) {
    cases.add("IPv6 alone", {rule(www, protocol::tcp, {443}, {"2001:db8:3::1", "2001:db8:3:1::/64"})});
    cases.add("everywhere over IPv4", {rule(www, protocol::tcp, {443}, {"0.0.0.0/0"})});
    cases.add("everywhere over IPv6", {rule(www, protocol::tcp, {443}, {"::/0"})});
    cases.add("everywhere", {rule(any, protocol::udp, {123}, {"0.0.0.0/0", "::/0"})});
    cases.add("half of everything", {rule(www, protocol::tcp, {443}, {"128.0.0.0/1"})});
    cases.add("nested prefixes in two rules", {rule(www, protocol::tcp, {443}, {"198.18.0.0/16"}),
                                               rule(www, protocol::tcp, {443, 80}, {"198.18.7.0/24"}),
                                               rule(www, protocol::tcp, {80}, {"198.18.7.7"})});
    cases.add("multicast", {rule(root, protocol::udp, {5353}, {"224.0.0.251"})});
    cases.add("neighbouring prefixes",
              {rule(www, protocol::tcp, {443}, {"198.18.0.0/31", "198.18.0.2", "198.18.0.4/30"})});
    cases.add("an odd /31 and a /127",
              {rule(www, protocol::tcp, {443}, {"198.18.0.254/31", "2001:db8:3::fe/127"})});
    cases.add_hosts("8 hosts", www, {443}, hosts(0xc6120000, 8, 3));
    cases.add_hosts("9 hosts", www, {443}, hosts(0xc6120000, 9, 3));
    cases.add_hosts("a /26 with holes", www, {443}, hosts(0xc6120040, 60, 1));
    cases.add_hosts("a thousand scattered hosts", {uid(33), uid(34)}, {80, 443}, hosts(0xc6120000, 1000, 7));
}

void add_names(Cases& cases) {
    cases.add("one name", {named(www, {{"www.example.org", {"198.18.0.1", "2001:db8:3::1"}}})});
    cases.add("names on shared addresses", {named(www, {{"a.example.org", {"198.18.0.1", "198.18.0.2"}}}),
                                            named(root, {{"b.example.org", {"198.18.0.2", "198.18.0.3"}}})});
    cases.add("a name without any address", {named(www, {{"new.example.org", {}}})});
    cases.add("names of many users",
              {named({uid(0), uid(33), uid(1000)},
                     {{"a.example.org", {"198.18.0.1"}}, {"b.example.net", {"198.18.0.9"}}})});
    auto domain = named(www, {{"example.org", {"198.18.0.1", "198.18.0.2"}}});
    domain.by_name.front().and_below = true;
    cases.add("a whole domain", {domain});
    cases.add("a name and an address", {named(www, {{"a.example.org", {"198.18.0.1"}}}),
                                        rule(www, protocol::tcp, {443}, {"198.18.0.2"})});
    auto words = rule(www, protocol::tcp, {443}, {"198.18.0.1"});
    words.title = ForeignText("\"; accept; #\n");
    words.comment = ForeignText("\x1b[2J $(reboot) `id`");
    words.names = {ForeignText("\"}\n\ninclude \"/etc/shadow\"")};
    words.tasks = {Task{TaskKind::cron, ForeignText("-j ACCEPT\n-A OUTPUT")}};
    words.warnings = {"what fwlearn says itself"};
    cases.add("hostile words", {words});
}

} // namespace

std::vector<Case> hand_made_cases() {
    Cases cases;
    add_services(cases);
    add_ports(cases);
    add_places(cases);
    add_names(cases);
    return cases.take();
}

} // namespace fwlearn::tests
