// What a name's set admits in nftables and iptables, whoever fills it: dnsmasq adds whatever it is answered,
// and a name's owner chooses that. The sets of what no name may bring in, which every line that looks into a
// name's set asks as well. Private to render; called by nft and iptables.
#pragma once

#include <model/whitelist.hpp>

#include <set>
#include <string>
#include <vector>

namespace fwlearn::analyzer {

class NameGuards {
  public:
    explicit NameGuards(const model::Whitelist& whitelist);

    struct Guard {
        std::string set;
        model::Family family = model::Family::ipv4;
        std::vector<model::Prefix> prefixes; ///< ascending, disjoint
    };
    /// Those that set_for() gives to the whitelist's names.
    [[nodiscard]] std::vector<Guard> guards() const;
    /// What it may not bring in: of private addresses all, unless the whitelist has some of the name's.
    [[nodiscard]] std::string set_for(const model::NamedAddresses& known, model::Family family) const;

  private:
    std::set<model::ForeignText> names_, with_private_;
};

} // namespace fwlearn::analyzer
