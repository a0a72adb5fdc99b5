// Which sets dnsmasq(8) is told to fill for each name. It heeds one line for an answer, the one with the
// longest name, so that a line has the sets of the domains above its name as well; and it reads lines of
// 1,024 octets at most (MAXDNAME, dnsmasq's config.h), and starts with none that is longer.
// Knows nothing of what sets are called. Private to render; called by dnsmasq and iptables.
#pragma once

#include <model/whitelist.hpp>

#include <functional>
#include <set>

namespace fwlearn::analyzer {

struct DnsmasqLines {
    std::vector<std::string> lines;         ///< "ipset=/www.example.org/set,set", by name
    std::vector<std::string> not_expressed; ///< "RULE: why", of rules whose sets did not fit into a line
};

/// `option`: "ipset" or "nftset". `sets` gives those of the rule's name at this index, with commas between.
DnsmasqLines
dnsmasq_lines(const model::Whitelist& whitelist, const char* option,
              const std::function<std::string(const model::Rule& rule, std::size_t index)>& sets);

} // namespace fwlearn::analyzer
