#include "firewall/observation_rules.hpp"

#include <fmt/format.h>

namespace fwlearn::firewall {

namespace {

/// A dynamic set of connections for each family, for as long as an element is kept that nobody refreshes.
/// `key`: with {ip} in the place of `ip` and `ip6`.
std::string nft_connections(std::string_view name, std::string_view key, std::string_view timeout) {
    const auto set = [&](std::string_view ip, int version) {
        return fmt::format(R"(	set {}{} {{
		typeof {}
		size 65535
		flags dynamic,timeout
		timeout {}
	}}
)",
                           name, version, fmt::format(fmt::runtime(key), fmt::arg("ip", ip)), timeout);
    };
    return set("ip", 4) + set("ip6", 6);
}

/// A datagram of a flow that nobody has answered is new to conntrack as the first one was, and whoever sends
/// such (syslog, statsd, VXLAN) may send very many. Of those behind the first, which is not confirmed before
/// it leaves (nf_conntrack_confirm() in net/netfilter/nf_conntrack_core.c), one a second is logged: what
/// comes of a flow that was refused, and who else sends by its ports, is seen by these. Where the set is full
/// all are.
std::string nft_unanswered(const std::string& log) {
    return nft_connections("unanswered", "{ip} saddr . {ip} daddr . udp sport . udp dport", "4s") +
           fmt::format(R"(	chain unanswered_out {{
		update @unanswered4 {{ ip saddr . ip daddr . udp sport . udp dport limit rate over 1/second burst 4 packets }} return
		update @unanswered6 {{ ip6 saddr . ip6 daddr . udp sport . udp dport limit rate over 1/second burst 4 packets }} return
		{}
	}}
)",
                       log);
}

/// What copies packets for the names in them. The kernel picks them: what does not look like one of these is
/// not copied, and of one connection no more than a few packets are.
std::string nft_name_chains(const std::string& copy, const std::string& copy_at_once,
                            const std::string& copy_stream) {
    // DNS is not kept back to be sent together: whoever asked is found by his port, which the next asker may
    // have a moment later.
    // Whoever was asked once may answer without end. A resolver asks from a new port each time, or from a few
    // dozen in turn (dnsmasq); one that has a single port for all questions to a server may ask 128 a second.
    // Where the set is full, which takes a process that opens as many sockets, everything is copied: nobody
    // is to lose his names by somebody else's questions.
    // A ClientHello is a handshake record (RFC 8446 5.1: type 22, major version 3); a request begins with its
    // method (RFC 9110 9.3, RFC 5789); a QUIC Initial has a long header of type 0 in version 1 (RFC 9000
    // 17.2.2) and of type 1 in version 2 (RFC 9369 3.2), and at least 1,200 octets (RFC 9000 14.1). What
    // follows in the same connection within ten seconds may be the rest of it.
    return nft_connections("heads", "{ip} daddr . tcp sport . tcp dport", "10s") +
           nft_connections("quic", "{ip} daddr . udp sport . udp dport", "10s") +
           nft_connections("answers", "{ip} saddr . meta l4proto . th dport", "4s") +
           fmt::format(R"(	counter answers_left_out {{
	}}
	chain head {{
		add @heads4 {{ ip daddr . tcp sport . tcp dport limit rate 1/minute burst 8 packets }} {copy} return
		add @heads6 {{ ip6 daddr . tcp sport . tcp dport limit rate 1/minute burst 8 packets }} {copy}
	}}
	chain tcp_heads_out {{
		oif "lo" return
		tcp dport 53 return
		ct direction != original return
		@ih,0,16 0x1603 goto head
		@ih,0,32 {{ 0x47455420, 0x504f5354, 0x48454144, 0x50555420, 0x44454c45, 0x4f505449, 0x50415443 }} goto head
		ip daddr . tcp sport . tcp dport @heads4 goto head
		ip6 daddr . tcp sport . tcp dport @heads6 goto head
	}}
	chain initial {{
		add @quic4 {{ ip daddr . udp sport . udp dport limit rate 1/minute burst 8 packets }} {copy} return
		add @quic6 {{ ip6 daddr . udp sport . udp dport limit rate 1/minute burst 8 packets }} {copy}
	}}
	chain quic_out {{
		oif "lo" return
		udp dport 53 return
		udp length < 1208 return
		ct direction != original return
		@ih,0,4 0xc @ih,8,32 0x00000001 goto initial
		@ih,0,4 0xd @ih,8,32 0x6b3343cf goto initial
	}}
	chain dns_out {{
		meta l4proto {{ tcp, udp }} ct direction original {at_once}
	}}
	chain dns_in {{
		meta l4proto != {{ tcp, udp }} return
		ct direction != reply return
		update @answers4 {{ ip saddr . meta l4proto . th dport limit rate over 128/second burst 256 packets }} counter name answers_left_out return
		update @answers6 {{ ip6 saddr . meta l4proto . th dport limit rate over 128/second burst 256 packets }} counter name answers_left_out return
		meta l4proto tcp {stream} return
		{at_once}
	}}
)",
                       fmt::arg("copy", copy), fmt::arg("at_once", copy_at_once),
                       fmt::arg("stream", copy_stream));
}

/// How packets get to the chains above. Whoever sends waits while each of his is looked at
/// (docs/benchmarks.md), so that what says no soonest comes first: nothing but the destination port is asked
/// of a packet before its state, by an octet of the header that every protocol with ports has there; and of a
/// datagram's length one bit of those that 1,208 and more have, before its protocol.
struct NamesOut {
    std::string_view dns, tcp, udp;
};
constexpr NamesOut names_out{
    .dns = "\t\tth dport 53 jump dns_out\n",
    // A segment without data, as most that begin, end and acknowledge, has no octet to compare with 0. A SYN
    // that has some (RFC 7413) need not have an option more than others.
    .tcp = "\t\t@ih,0,8 >= 0 jump tcp_heads_out\n",
    .udp = "\t\t@th,32,16 & 0xfc00 != 0 meta l4proto udp jump quic_out\n",
};

} // namespace

std::string nft_rules(const ObservationRules& rules) {
    const bool names = rules.names_snaplen > 0;
    const auto copy = [&rules](unsigned batch, unsigned snaplen) {
        return fmt::format("counter name logged log prefix \"{}\" group {} snaplen {} queue-threshold {}",
                           rules.names_prefix, rules.group, snaplen, batch);
    };
    const auto log =
        fmt::format("counter name logged log prefix \"{}\" group {} snaplen {} queue-threshold {}",
                    rules.prefix, rules.group, rules.snaplen, rules.batch);
    // The counter beside every log statement tells what should come in, whatever becomes of the messages.
    // Priority -150 (mangle) is behind conntrack (-200) and before destination NAT (-100) and every filter:
    // what is logged is what the process asked for, also when something drops it later.
    // What a rule has said `notrack` of is nobody's flow: it is only counted. Nor does the kernel track
    // neighbour discovery and multicast listeners (noct_valid_new in
    // net/netfilter/nf_conntrack_proto_icmpv6.c). TCP only by its SYN: conntrack calls any packet of a
    // connection that it did not see begin `new`, also a server's answer to a client. What is new goes in the
    // original direction (resolve_normal_ct() in net/netfilter/nf_conntrack_core.c).
    return fmt::format(
        R"(table inet {table}
delete table inet {table}
table inet {table} {{
{flags}	counter logged {{
	}}
	counter untracked {{
	}}
{chains}{unanswered}	chain without_syn_out {{
{tcp}	}}
	chain new_tcp_out {{
		tcp flags & (fin|syn|rst|ack) != syn goto without_syn_out
{tcp}		{log}
	}}
	chain new_out {{
		oif "lo" return
		meta l4proto tcp goto new_tcp_out
{udp}		meta l4proto udp ct status confirmed goto unanswered_out
		{log}
	}}
	chain known_tcp_out {{
{tcp}		{untracked}
	}}
	chain output {{
		type filter hook output priority mangle; policy accept;
{dns_out}		ct state new goto new_out
		meta l4proto tcp goto known_tcp_out
{udp}		{untracked}
	}}
	chain errors_in {{
		icmp type destination-unreachable {log}
		icmpv6 type destination-unreachable {log}
	}}
	chain input {{
		type filter hook input priority mangle; policy accept;
{dns_in}		ct state related goto errors_in
	}}
}}
)",
        fmt::arg("table", observation_table_name), fmt::arg("flags", rules.owner ? "\tflags owner\n" : ""),
        fmt::arg("chains", names
                               ? nft_name_chains(copy(rules.batch, rules.names_snaplen),
                                                 copy(1, rules.names_snaplen), copy(1, rules.streams_snaplen))
                               : std::string()),
        fmt::arg("unanswered", nft_unanswered(log)),
        fmt::arg("untracked", R"(ct state untracked oif != "lo" meta l4proto != 58 counter name untracked)"),
        fmt::arg("tcp", names ? names_out.tcp : ""), fmt::arg("udp", names ? names_out.udp : ""),
        fmt::arg("dns_out", names ? names_out.dns : ""),
        fmt::arg("dns_in", names ? "\t\tth sport 53 jump dns_in\n" : ""), fmt::arg("log", log));
}

std::string iptables_rules(const ObservationRules& rules) {
    const auto target =
        fmt::format("-j NFLOG --nflog-prefix \"{}\" --nflog-group {} --nflog-size {} --nflog-threshold {}",
                    rules.prefix, rules.group, rules.snaplen, rules.batch);
    const auto copy = [&rules](unsigned snaplen) {
        return fmt::format(
            "-j NFLOG --nflog-prefix \"{}\" --nflog-group {} --nflog-size {} --nflog-threshold 1",
            rules.names_prefix, rules.group, snaplen);
    };
    std::string script = "# Take them out again with -D in the place of -A.\n";
    if (rules.names_snaplen > 0) {
        // hashlimit(8) would drop packets where its table is full (hashlimit_mt_common() in
        // net/netfilter/xt_hashlimit.c).
        script += "# Names are learned from DNS alone: picking ClientHellos takes the nft form, and so does "
                  "copying\n# no more than a bounded part of what one name server sends.\n";
    }
    for (const auto* const command : {"iptables", "ip6tables"}) {
        const bool ipv6 = std::string_view(command) == "ip6tables";
        for (const auto* const protocol : {"udp", "tcp"}) {
            if (rules.names_snaplen > 0) {
                script += fmt::format(
                    "{0} -t mangle -A OUTPUT -p {1} --dport 53 -m conntrack --ctdir ORIGINAL {2}\n"
                    "{0} -t mangle -A INPUT -p {1} --sport 53 -m conntrack --ctdir REPLY {3}\n",
                    command, protocol, copy(rules.names_snaplen),
                    copy(std::string_view(protocol) == "tcp" ? rules.streams_snaplen : rules.names_snaplen));
            }
        }
        script += fmt::format("{0} -t mangle -A OUTPUT ! -o lo -p tcp --syn -m conntrack --ctstate NEW {1}\n"
                              "{0} -t mangle -A OUTPUT ! -o lo ! -p tcp -m conntrack --ctstate NEW {1}\n"
                              "{0} -t mangle -A INPUT -p {2} --{2}-type destination-unreachable -m conntrack "
                              "--ctstate RELATED {1}\n",
                              command, target, ipv6 ? "icmpv6" : "icmp");
    }
    return script;
}

} // namespace fwlearn::firewall
