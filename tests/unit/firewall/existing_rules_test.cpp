// Rules as nft and iptables-save print them, and what becomes of packets under them. Read by firewall, judged
// by analyzer: tested together, since each makes sense by the other.
#include <analyzer/existing.hpp>
#include <firewall/ruleset.hpp>
#include <model/errors.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using analyzer::Fate;

namespace {

analyzer::OutgoingPacket packet(std::uint32_t uid, model::Service service, const char* address,
                                const char* interface = "eth0") {
    return {model::SocketOwner::user(uid, uid),
            {service, *model::Address::parse(address)},
            model::ForeignText(interface)};
}

const auto tcp = [](std::uint16_t port) { return model::Service::port(model::protocol::tcp, port); };
const auto udp = [](std::uint16_t port) { return model::Service::port(model::protocol::udp, port); };

/// A chain of hook output with one rule, as `nft -j list ruleset` has them.
std::string chain_with(const std::string& statements, const std::string& policy = "accept",
                       const std::string& more = "") {
    return R"({"nftables": [{"table": {"family": "inet", "name": "filter", "handle": 1}},)"
           R"({"chain": {"family": "inet", "table": "filter", "name": "output", "handle": 2, "type": "filter", "hook": "output", "prio": 0, "policy": ")" +
           policy + R"("}})" + more +
           R"(,{"rule": {"family": "inet", "table": "filter", "chain": "output", "handle": 7, "expr": [)" +
           statements + "]}}]}";
}

std::string match(const std::string& left, const std::string& right, const std::string& op = "==") {
    return R"({"match": {"op": ")" + op + R"(", "left": )" + left + R"(, "right": )" + right + "}}";
}

std::string payload(const std::string& protocol, const std::string& field) {
    return R"({"payload": {"protocol": ")" + protocol + R"(", "field": ")" + field + R"("}})";
}

std::string meta(const std::string& key) {
    return R"({"meta": {"key": ")" + key + R"("}})";
}

Fate fate(const model::Ruleset& ruleset, const analyzer::OutgoingPacket& sent) {
    return analyzer::ExistingFirewall(ruleset).judge(sent).fate;
}

struct Row {
    std::string matches; ///< before a drop
    analyzer::OutgoingPacket sent;
    Fate expected;
};

} // namespace

namespace fwlearn::analyzer {
doctest::String toString(Fate fate) {
    return fate == Fate::accepted ? "accepted" : fate == Fate::denied ? "denied" : "cannot tell";
}
} // namespace fwlearn::analyzer

TEST_CASE("a match of nft's takes the packets that the kernel would take") {
    const auto web = packet(33, tcp(443), "192.0.2.7");
    const auto dns = packet(33, udp(53), "192.0.2.7");
    const auto web6 = packet(0, tcp(443), "2001:db8::7");
    const auto ping = packet(0, model::Service::icmp(model::protocol::icmp, 8, 0), "192.0.2.7");
    const auto ping6 = packet(0, model::Service::icmp(model::protocol::icmpv6, 128, 0), "2001:db8::7");
    const Row rows[] = {
        {match(payload("tcp", "dport"), "443"), web, Fate::denied},
        {match(payload("tcp", "dport"), "443"), dns, Fate::accepted},
        {match(payload("tcp", "dport"), "443", "!="), web, Fate::accepted},
        {match(payload("tcp", "dport"), "443", "!="), dns, Fate::accepted}, // no TCP port, so no match either
        {match(payload("tcp", "dport"), R"({"set": [80, {"range": [400, 500]}]})"), web, Fate::denied},
        {match(payload("th", "dport"), "53"), dns, Fate::denied},
        {match(payload("tcp", "sport"), "1024"), web, Fate::cannot_tell},
        {match(payload("ip", "daddr"), R"({"prefix": {"addr": "192.0.2.0", "len": 24}})"), web, Fate::denied},
        {match(payload("ip", "daddr"), R"({"prefix": {"addr": "192.0.2.0", "len": 24}})"), web6,
         Fate::accepted},
        {match(payload("ip", "daddr"), R"({"range": ["192.0.2.8", "192.0.2.9"]})"), web, Fate::accepted},
        {match(payload("ip", "daddr"), R"("192.0.2.8")", "!="), web, Fate::denied},
        {match(payload("ip", "daddr"), R"("192.0.2.8")", "!="), web6, Fate::accepted},
        {match(payload("ip6", "daddr"), R"({"prefix": {"addr": "2001:db8::", "len": 32}})"), web6,
         Fate::denied},
        {match(payload("ip", "saddr"), R"("192.0.2.10")"), web, Fate::cannot_tell},
        {match(payload("ip", "protocol"), R"("tcp")"), web, Fate::denied},
        {match(payload("ip", "protocol"), R"("tcp")"), web6, Fate::accepted},
        {match(meta("l4proto"), R"({"set": ["icmp", "gre", "ipv6-icmp"]})"), ping6, Fate::denied},
        {match(meta("nfproto"), R"("ipv6")"), web6, Fate::denied},
        {match(meta("nfproto"), R"("ipv6")"), web, Fate::accepted},
        {match(meta("skuid"), "33"), web, Fate::denied},
        {match(meta("skuid"), "100", "<"), web, Fate::denied},
        {match(meta("skuid"), "33", ">"), web, Fate::accepted},
        {match(meta("skuid"), R"({"set": [0, {"range": [1000, 2000]}]})"), web, Fate::accepted},
        {match(meta("oifname"), R"("eth*")"), web, Fate::denied},
        {match(meta("oifname"), R"({"set": ["eth1", "wlan0"]})", "!="), web, Fate::denied},
        {match(meta("oif"), R"("lo")"), web, Fate::accepted},
        {match(meta("mark"), "1"), web, Fate::cannot_tell},
        {match(payload("icmp", "type"), R"({"set": ["echo-request", 13]})"), ping, Fate::denied},
        {match(payload("icmp", "type"), R"("echo-request")") + "," +
             match(payload("icmp", "code"), R"("net-unreachable")"), // so nft prints 0
         ping, Fate::denied},
        {match(payload("icmp", "type"), R"("echo-request")"), ping6, Fate::accepted},
        {match(payload("icmpv6", "type"), R"("echo-request")"), ping6, Fate::denied},
        {match(R"({"ct": {"key": "state"}})", R"(["established", "related"])", "in"), web, Fate::accepted},
        {match(R"({"ct": {"key": "state"}})", R"(["new", "untracked"])", "in"), web, Fate::denied},
        {match(R"({"ct": {"key": "state"}})", R"("new")", "!="), web, Fate::accepted},
        {match(R"({"&": [{"payload": {"protocol": "tcp", "field": "flags"}}, ["fin", "syn", "rst", "ack"]]})",
               R"("syn")"),
         web, Fate::denied},
        {match(
             R"({"concat": [{"payload": {"protocol": "ip", "field": "daddr"}}, {"payload": {"protocol": "tcp", "field": "dport"}}]})",
             R"({"set": [{"concat": [{"prefix": {"addr": "192.0.2.0", "len": 24}}, {"range": [440, 450]}]}]})"),
         web, Fate::denied},
        {R"({"limit": {"rate": 5, "per": "second"}})", web, Fate::cannot_tell},
        {R"({"counter": {"packets": 0, "bytes": 0}},{"log": {"prefix": "x"}})", web, Fate::denied},
        {R"({"something new": null})", web, Fate::cannot_tell},
    };
    for (const auto& [matches, sent, expected] : rows) {
        const auto& shown = matches;
        CAPTURE(shown);
        CHECK(fate(firewall::parse_nft_ruleset(chain_with(matches + R"(,{"drop": null})")), sent) ==
              expected);
    }
}

TEST_CASE("an unknown match leaves the answer open only where both ways lead elsewhere") {
    const auto web = packet(33, tcp(443), "192.0.2.7");
    const auto unknown = match(meta("mark"), "1");
    CHECK(fate(firewall::parse_nft_ruleset(chain_with(unknown + R"(,{"accept": null})")), web) ==
          Fate::accepted);
    CHECK(fate(firewall::parse_nft_ruleset(chain_with(unknown + R"(,{"accept": null})", "drop")), web) ==
          Fate::cannot_tell);
    CHECK(fate(firewall::parse_nft_ruleset(
                   chain_with(unknown + R"(,{"reject": {"type": "tcp reset"}})", "drop")),
               web) == Fate::denied);
}

TEST_CASE(
    "a rejection by ICMP is for its family alone, and whose packets are reset nft does not always say") {
    const auto web = packet(33, tcp(443), "192.0.2.7");
    const auto web6 = packet(33, tcp(443), "2001:db8::7");
    const auto rejected = [](const std::string& rule) {
        return firewall::parse_nft_ruleset(chain_with(rule));
    };
    const auto icmp = rejected(R"({"reject": {"type": "icmp", "expr": "port-unreachable"}})");
    CHECK(fate(icmp, web) == Fate::denied);
    CHECK(fate(icmp, web6) == Fate::accepted);
    const auto icmpv6 = rejected(R"({"reject": {"type": "icmpv6", "expr": "port-unreachable"}})");
    CHECK(fate(icmpv6, web) == Fate::accepted);
    CHECK(fate(icmpv6, web6) == Fate::denied);
    const auto either = rejected(R"({"reject": {"type": "icmpx", "expr": "port-unreachable"}})");
    CHECK(fate(either, web) == Fate::denied);
    CHECK(fate(either, web6) == Fate::denied);
    const std::string reset = R"(,{"reject": {"type": "tcp reset"}})";
    const auto of_one = rejected(match(meta("l4proto"), R"("tcp")") + reset);
    CHECK(fate(of_one, web) == Fate::cannot_tell);
    CHECK(fate(of_one, web6) == Fate::cannot_tell);
    CHECK(fate(of_one, packet(33, udp(53), "192.0.2.7")) == Fate::accepted);
    const auto to_one = rejected(match(payload("ip", "daddr"), R"("192.0.2.7")") + reset);
    CHECK(fate(to_one, web) == Fate::denied);
    CHECK(fate(to_one, web6) == Fate::accepted);
}

TEST_CASE("jumps come back, gotos do not, and verdict maps choose") {
    const auto web = packet(33, tcp(443), "192.0.2.7");
    const std::string empty_chain =
        R"(,{"chain": {"family": "inet", "table": "filter", "name": "web", "handle": 3}})";
    CHECK(fate(firewall::parse_nft_ruleset(chain_with(R"({"jump": {"target": "web"}})", "drop", empty_chain)),
               web) == Fate::denied);
    const std::string accepting =
        empty_chain +
        R"(,{"rule": {"family": "inet", "table": "filter", "chain": "web", "handle": 4, "expr": [{"accept": null}]}})";
    CHECK(fate(firewall::parse_nft_ruleset(chain_with(R"({"goto": {"target": "web"}})", "drop", accepting)),
               web) == Fate::accepted);
    const std::string map =
        R"({"vmap": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}, "data": {"set": [[22, {"drop": null}], [{"range": [440, 450]}, {"jump": {"target": "web"}}]]}}})";
    CHECK(fate(firewall::parse_nft_ruleset(chain_with(map, "drop", accepting)), web) == Fate::accepted);
    CHECK(fate(firewall::parse_nft_ruleset(chain_with(map, "drop", accepting)),
               packet(33, tcp(25), "192.0.2.7")) == Fate::denied);
    const std::string loop =
        empty_chain +
        R"(,{"rule": {"family": "inet", "table": "filter", "chain": "web", "handle": 4, "expr": [{"jump": {"target": "web"}}]}})";
    CHECK(fate(firewall::parse_nft_ruleset(chain_with(R"({"jump": {"target": "web"}})", "accept", loop)),
               web) == Fate::cannot_tell);
}

TEST_CASE("chains that lead to each other in many ways take no longer than their rules") {
    std::string saved = "*filter\n:OUTPUT ACCEPT [0:0]\n";
    for (int chain = 0; chain < 15; ++chain) {
        saved += ":c" + std::to_string(chain) + " - [0:0]\n";
    }
    for (int chain = 0; chain < 14; ++chain) {
        for (int rule = 0; rule < 20; ++rule) {
            saved +=
                "-A c" + std::to_string(chain) + " -s 192.0.2.1/32 -j c" + std::to_string(chain + 1) + "\n";
        }
    }
    saved += "-A OUTPUT -j c0\n-A c14 -j DROP\nCOMMIT\n";
    CHECK(fate(firewall::parse_iptables_save(saved, model::Family::ipv4), packet(0, tcp(80), "192.0.2.1")) ==
          Fate::cannot_tell);
}

TEST_CASE("a named set is looked up, also a large one") {
    std::string elements;
    for (int octet = 0; octet < 100; ++octet) {
        elements += (octet == 0 ? "" : ",") + std::string("{\"elem\": {\"val\": \"198.51.100.") +
                    std::to_string(octet) + "\", \"timeout\": 60}}";
    }
    const auto set =
        R"(,{"set": {"family": "inet", "name": "hosts", "table": "filter", "type": "ipv4_addr", "handle": 5, "elem": [)" +
        elements + "]}}";
    const auto ruleset = firewall::parse_nft_ruleset(
        chain_with(match(payload("ip", "daddr"), R"("@hosts")") + R"(,{"drop": null})", "accept", set));
    CHECK(fate(ruleset, packet(0, tcp(80), "198.51.100.99")) == Fate::denied);
    CHECK(fate(ruleset, packet(0, tcp(80), "198.51.100.100")) == Fate::accepted);
}

TEST_CASE("base chains are asked in the kernel's order, accepting in one does not spare from the next, and "
          "ours are not asked") {
    const auto both = firewall::parse_nft_ruleset(
        R"({"nftables": [{"table": {"family": "ip", "name": "a"}}, {"table": {"family": "inet", "name": "fwlearn"}},)"
        R"({"chain": {"family": "ip", "table": "a", "name": "late", "type": "filter", "hook": "output", "prio": 10, "policy": "drop"}},)"
        R"({"chain": {"family": "ip", "table": "a", "name": "early", "type": "filter", "hook": "output", "prio": -10, "policy": "accept"}},)"
        R"({"chain": {"family": "inet", "table": "fwlearn", "name": "output", "type": "filter", "hook": "output", "prio": -150, "policy": "drop"}},)"
        R"({"rule": {"family": "ip", "table": "a", "chain": "early", "expr": [{"accept": null}]}}]})");
    const analyzer::ExistingFirewall firewall(both);
    const auto judged = firewall.judge(packet(0, tcp(80), "192.0.2.1"));
    CHECK(judged.fate == Fate::denied);
    CHECK(judged.by.raw_bytes() == "table ip a, chain late, its policy");
    CHECK(firewall.judge(packet(0, tcp(80), "2001:db8::1")).fate == Fate::accepted);
}

TEST_CASE("iptables' owner, negated, takes what has no socket, and nft's users do not") {
    auto report = packet(0, {model::protocol::igmp, 0}, "224.0.0.22");
    report.owner = model::SocketOwner::kernel();
    const auto fate = [&report](const char* rule) {
        const auto saved =
            std::string("*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT ") + rule + " -j DROP\nCOMMIT\n";
        const auto ruleset = firewall::parse_iptables_save(saved, model::Family::ipv4);
        return analyzer::ExistingFirewall(ruleset).judge(report).fate;
    };
    CHECK(fate("-m owner ! --uid-owner 0") == Fate::denied);
    CHECK(fate("-m owner ! --gid-owner 0") == Fate::denied);
    CHECK(fate("-m owner ! --uid-owner 0 ! --gid-owner 0") == Fate::denied);
    CHECK(fate("-m owner --uid-owner 0") == Fate::accepted);
    CHECK(fate("-m owner ! --uid-owner 0 --gid-owner 0") == Fate::accepted);
    CHECK(fate("-p tcp -m tcp ! --dport 22") == Fate::accepted); // no other protocol's
}

TEST_CASE("rules of iptables-save decide as the kernel has them") {
    const std::string saved =
        "# Generated by iptables-save v1.8.9\n*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT DROP [0:0]\n:mine - "
        "[0:0]\n"
        "-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
        "-A OUTPUT -o lo -j ACCEPT\n"
        "-A OUTPUT -p tcp -m owner --uid-owner 33 -m multiport --dports 80,443,8000:8010 -m comment "
        "--comment \"it\\\"s -j DROP\" -j ACCEPT\n"
        "-A OUTPUT -d 198.51.100.0/24 ! -o eth+ -p udp -m udp --dport 53 -j ACCEPT\n"
        "-A OUTPUT -p icmp -m icmp --icmp-type 8 -j mine\n"
        "-A OUTPUT -p tcp -m tcp --dport 25 -m limit --limit 5/min -j ACCEPT\n"
        "-A OUTPUT -p tcp -m tcp --dport 26 -j SOMETHING --of-its own\n"
        "-A OUTPUT ! -d 203.0.113.0/24 -p tcp -m tcp --dport 27 --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT\n"
        "-A mine -m set --match-set those dst -j DROP\n"
        "-A mine -j ACCEPT\nCOMMIT\n";
    const auto ruleset = firewall::parse_iptables_save(saved, model::Family::ipv4);
    const Row rows[] = {
        {"", packet(33, tcp(443), "192.0.2.7"), Fate::accepted},
        {"", packet(33, tcp(8005), "192.0.2.7"), Fate::accepted},
        {"", packet(34, tcp(443), "192.0.2.7"), Fate::denied},
        {"", packet(33, udp(443), "192.0.2.7"), Fate::denied},
        {"", packet(1, udp(53), "198.51.100.9"), Fate::denied},
        {"", packet(1, udp(53), "198.51.100.9", "wlan0"), Fate::accepted},
        {"", packet(1, udp(53), "192.0.2.9", "wlan0"), Fate::denied},
        {"", packet(1, model::Service::icmp(model::protocol::icmp, 8, 0), "192.0.2.9"), Fate::cannot_tell},
        {"", packet(1, tcp(25), "192.0.2.9"), Fate::cannot_tell},
        {"", packet(1, tcp(26), "192.0.2.9"), Fate::cannot_tell},
        {"", packet(1, tcp(27), "192.0.2.9"), Fate::accepted},
        {"", packet(1, tcp(27), "203.0.113.9"), Fate::denied},
        {"", packet(33, tcp(443), "2001:db8::1"), Fate::accepted}, // another table's business
    };
    for (const auto& [unused, sent, expected] : rows) {
        const auto& shown = sent.destination;
        CAPTURE(shown.service.to_string());
        CAPTURE(shown.address.to_string());
        CHECK(fate(ruleset, sent) == expected);
    }
}

TEST_CASE("what neither of them printed is refused in one line") {
    for (const auto* text : {"", "{}", "[]", "{\"nftables\": 5}", "{\"nftables\""}) {
        CHECK_THROWS_AS(firewall::parse_nft_ruleset(text), model::UsageError);
    }
    for (const auto* text :
         {"hello", ":OUTPUT ACCEPT", "*filter\n:OUTPUT", "*filter\n-A", "*filter\n-A \n", "*filter\nfoo"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(firewall::parse_iptables_save(text, model::Family::ipv4), model::UsageError);
    }
    for (
        const auto* text :
        {R"({"nftables": [5, {"rule": 7}, {"chain": {"hook": 3}}, {"rule": {"expr": [[], {}, null]}}]})",
         R"({"nftables": [{"table": {"family": "ip", "name": "x"}}, {"rule": {"family": "ip", "table": "x", "chain": "y", "expr": [[], {}, null, {"match": 5}, {"vmap": []}, {"jump": 7}]}}]})"}) {
        CHECK_NOTHROW(firewall::parse_nft_ruleset(text));
    }
    CHECK_NOTHROW(firewall::parse_iptables_save(
        "*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT ! ! -p ! -d\n-A OUTPUT -m\n-A OUTPUT -j\n",
        model::Family::ipv6));
}
