// Arranges a whitelist's rules for verdict maps: for each selector, which chain each of its services leads
// to. Knows the structure of the nft output and none of its syntax. Private to render; called by nft.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// The services of one selector that lead to the same rules share a chain.
struct NftChain {
    std::string name;
    std::vector<const model::Rule*> rules; ///< in the whitelist's order
};

/// Services of one protocol that lead to one chain.
struct NftService {
    model::Protocol protocol;
    model::DetailRange details;
    std::size_t chain = 0; ///< index in NftSelector::chains
};

struct NftSelector {
    model::Selector selector;
    std::string
        name; ///< "any", "kernel", "uid_33", "unit_cron_service_8d969eef": begins its chains' and maps' names
    std::vector<NftChain> chains;     ///< in the order of their first service
    std::vector<NftService> services; ///< ascending, disjoint
};

/// In the order of selectors.
std::vector<NftSelector> nft_selectors(const model::Whitelist& whitelist);

} // namespace fwlearn::analyzer
