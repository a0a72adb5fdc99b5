// A whitelist as a file for `nft -f`: one table, replaced as a whole, default deny. Needs nft 1.0.6 (Debian
// 12). A packet passes a number of rules that does not grow with the whitelist: verdict maps and sets do the
// rest. Called by cli.
#pragma once

#include <model/denial_log.hpp>
#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

struct NftOptions {
    /// Nothing is denied: what would be is counted (counter `shadowed`), logged, and let through.
    bool shadow = false;
    /// By unit: only packets of sockets that were made in its cgroup are judged, by all rules; everything
    /// else is accepted. Its set is empty until it is filled, as those of rules by unit are, and then nothing
    /// is judged.
    std::optional<model::Selector> unit{};
    std::uint16_t group = model::default_log_group; ///< NFLOG, where every denied packet is told
};

std::string render_nft(const model::Whitelist& whitelist, const NftOptions& options = {});

} // namespace fwlearn::analyzer
