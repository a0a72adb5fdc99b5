// The sets of a loaded whitelist that hold what names stand for (table inet fwlearn, as suggest -o nft prints
// them): read from the kernel with the name that each says it is for, and filled. Never emptied: what is not
// renewed is forgotten by the kernel after the set's own timeout.
// Knows nothing of how names are resolved. Used by cli's refresh, and by apply_whitelist.
#pragma once

#include <model/address.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace fwlearn::firewall {

struct NameSet {
    std::string set;  ///< in table inet fwlearn
    std::string name; ///< as model::host_name() gives it
    model::Family family = model::Family::ipv4;
    std::chrono::seconds timeout{};         ///< of new elements
    std::vector<model::Address> elements;   ///< ascending
    std::vector<std::chrono::seconds> left; ///< of each of these, before the kernel forgets it
};

/// The sets of the names that are wanted, by set. `wanted` is called with the name of every set that is for
/// one, and may be called again with each. What is in other sets is not read. Empty where there is no such
/// table, or it has none of theirs. Throws SystemError.
std::vector<NameSet> read_name_sets(const std::function<bool(const std::string& name)>& wanted =
                                        [](const auto&) { return true; });

/// Puts the addresses of the set's own IP version into it, each for the whole of the set's timeout, also
/// those that are there. All sets in one transaction. Throws SystemError, and then has changed nothing.
struct Filling {
    NameSet set;
    std::vector<model::Address> addresses;
};
void fill(const std::vector<Filling>& fillings);

/// What goes on in a set that is loaded now, and for how long.
struct Carried {
    NameSet set;
    std::vector<std::pair<model::Address, std::chrono::seconds>> addresses; ///< none twice
};
/// Chooses from the sets of another whitelist, as they were read `before`.
using Carry = std::function<std::vector<Carried>(const std::vector<NameSet>& before,
                                                 const std::vector<NameSet>& loaded)>;

/// Puts what is chosen into the sets that are loaded now, for the time that it had left and the set's timeout
/// at most. What these hold already stays as it is. Throws SystemError, and then has changed nothing.
void carry_over(const std::vector<NameSet>& before, const Carry& carry);

} // namespace fwlearn::firewall
