#include "firewall/observation_rules.hpp"

#include <fmt/format.h>

namespace fwlearn::firewall {

std::string nft_rules(const ObservationRules& rules) {
    // Priority -150 (mangle) is behind conntrack (-200) and before destination NAT (-100) and every filter:
    // what is logged is what the process asked for, also when something drops it later.
    // TCP only by its SYN: conntrack calls any packet of a connection that it did not see begin `new`, also
    // a server's answer to a client.
    return fmt::format(
        R"(table inet {table}
delete table inet {table}
table inet {table} {{
{flags}	counter new_packets {{
	}}
	chain output {{
		type filter hook output priority mangle; policy accept;
		oifname "lo" return
		meta l4proto tcp tcp flags & (fin|syn|rst|ack) != syn return
		ct state new ct direction original counter name new_packets log group {group} snaplen {snaplen} queue-threshold {batch}
	}}
	chain input {{
		type filter hook input priority mangle; policy accept;
		icmp type destination-unreachable ct state related log group {group} snaplen {snaplen} queue-threshold {batch}
		icmpv6 type destination-unreachable ct state related log group {group} snaplen {snaplen} queue-threshold {batch}
	}}
}}
)",
        fmt::arg("table", observation_table_name), fmt::arg("flags", rules.owner ? "\tflags owner\n" : ""),
        fmt::arg("group", rules.group), fmt::arg("snaplen", rules.snaplen), fmt::arg("batch", rules.batch));
}

std::string iptables_rules(const ObservationRules& rules) {
    const auto target = fmt::format("-j NFLOG --nflog-group {} --nflog-size {} --nflog-threshold {}",
                                    rules.group, rules.snaplen, rules.batch);
    std::string script = "# Take them out again with -D in the place of -A.\n";
    for (const auto* const command : {"iptables", "ip6tables"}) {
        const bool ipv6 = std::string_view(command) == "ip6tables";
        script += fmt::format("{0} -t mangle -A OUTPUT ! -o lo -p tcp --syn -m conntrack --ctstate NEW {1}\n"
                              "{0} -t mangle -A OUTPUT ! -o lo ! -p tcp -m conntrack --ctstate NEW {1}\n"
                              "{0} -t mangle -A INPUT -p {2} --{2}-type destination-unreachable -m conntrack "
                              "--ctstate RELATED {1}\n",
                              command, target, ipv6 ? "icmpv6" : "icmp");
    }
    return script;
}

} // namespace fwlearn::firewall
