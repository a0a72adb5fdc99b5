// The sets for ipset(8) that the iptables outputs look into: of a rule with many addresses, and of each name
// of a rule by name. Names hold at most 31 characters (IPSET_MAXNAMELEN, linux/netfilter/ipset/ip_set.h).
// Private to render; called by iptables and by ipset's own output, which have to agree.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

struct IpSet {
    std::string name;
    model::Family family = model::Family::ipv4;
    const model::NamedAddresses* known = nullptr; ///< of a set for a name
    std::vector<std::string> elements;            ///< may be empty only where it is for a name
};

/// What a rule looks into, of one family; empty where its few addresses stand in the rules themselves.
std::vector<IpSet> ip_sets(const model::Rule& rule, model::Family family);

} // namespace fwlearn::analyzer
