// What of the sets of the whitelist that was loaded goes on in those of the one that is loaded now: of the
// same name, not what no name may bring into a whitelist, and no more than a set may hold. dnsmasq adds
// whatever it is answered, and sets may be older than these limits. Pure. Private to this room; used by
// apply.
#pragma once

#include <firewall/name_sets.hpp>

namespace fwlearn::cli {

/// Of each of the `loaded` sets: what the same rule's set of the name held, and where that rule is new, what
/// other rules' sets of the name did. Private addresses go on where the name is loaded with one.
/// Beyond what a set may hold, those go that the kernel would forget first.
std::vector<firewall::Carried> carried_names(const std::vector<firewall::NameSet>& before,
                                             const std::vector<firewall::NameSet>& loaded);

} // namespace fwlearn::cli
