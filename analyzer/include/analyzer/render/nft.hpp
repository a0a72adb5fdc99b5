// A whitelist as a file for `nft -f`: one table, replaced as a whole, default deny. Needs nft 1.0.6 (Debian
// 12). A packet passes a number of rules that does not grow with the whitelist: verdict maps and sets do the
// rest. Called by cli.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

std::string render_nft(const model::Whitelist& whitelist);

} // namespace fwlearn::analyzer
