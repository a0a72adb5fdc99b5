// Arranges a whitelist's rules for verdict maps: for each selector, which chain each of its services leads
// to. Knows the structure of the nft output and none of its syntax. Private to render; called by nft.
#pragma once

#include <model/whitelist.hpp>

#include <map>

namespace fwlearn::analyzer {

/// The services of one selector that lead to the same rules share a chain.
struct NftChain {
    std::string name;
    std::vector<const model::Rule*> rules; ///< in the whitelist's order
};

struct NftSelector {
    model::Selector selector;
    std::string name;             ///< "any", "kernel", "uid_33": begins its chains' and maps' names
    std::vector<NftChain> chains; ///< in the order of their first service
    std::map<model::Service, std::size_t> chain_of; ///< index in chains
};

/// In the order of selectors. Throws model::UsageError for a selector that this format does not have yet.
std::vector<NftSelector> nft_selectors(const model::Whitelist& whitelist);

} // namespace fwlearn::analyzer
