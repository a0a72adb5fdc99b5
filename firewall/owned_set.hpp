// libnftnl's set, freed with its elements. Private to this room; used by whitelist_sets and set_elements.
#pragma once

#include <libnftnl/set.h>

#include <memory>

namespace fwlearn::firewall {

struct FreeSet {
    void operator()(const nftnl_set* set) const { nftnl_set_free(set); }
};
using OwnedSet = std::unique_ptr<nftnl_set, FreeSet>;

} // namespace fwlearn::firewall
