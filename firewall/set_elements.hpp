// Elements of the whitelist's sets (table inet fwlearn) put in and taken out, by speaking with the kernel
// itself: libnftables would read all sets of ranges first. Private to this room; used by name_sets.
#pragma once

#include "whitelist_sets.hpp"

namespace fwlearn::firewall {

struct SetChange {
    std::string set;
    std::vector<std::vector<std::uint8_t>> removed; ///< keys; each has to be there
    /// `expires` is the set's timeout at most, and that where it is missing. Of an element that is there it
    /// counts only where renews_elements().
    std::vector<SetElement> added;
};

/// Whether what is left of an element's time can be set anew while it is there: Linux 6.12 and later.
bool renews_elements();

/// In one transaction, in which each set's elements are taken out before others are put in. Throws
/// SystemError that begins with `purpose`, and then has changed nothing.
void change_elements(const std::vector<SetChange>& changes, const std::string& purpose);

} // namespace fwlearn::firewall
