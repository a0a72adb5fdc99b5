// A whitelist's names as dnsmasq(8) configuration: its answers fill the sets of the nft output before whoever
// asked has them. Called by cli.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

std::string render_dnsmasq(const model::Whitelist& whitelist);

/// "RULE: why", of rules of which it does not fill every set; the text has them too.
std::vector<std::string> not_filled_by_dnsmasq(const model::Whitelist& whitelist);

} // namespace fwlearn::analyzer
