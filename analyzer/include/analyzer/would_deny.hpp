// Which of the flows of a record a whitelist would have denied: what would break if it were in force.
// Judges by what each flow's sender knew the destination as, like the whitelist itself. Pure. Called by cli's
// apply.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// Those of one task to one destination.
struct WouldDeny {
    model::Task task;
    model::SocketOwner owner;
    model::Destination destination;
    model::ForeignText name; ///< by which it was known; may be empty
    bool overflow = false;   ///< many destinations, of which nobody knows which
    std::uint64_t flows = 0;

    bool operator==(const WouldDeny&) const = default;
};

/// Most flows first.
std::vector<WouldDeny> would_deny(const model::Record& record, const model::Whitelist& whitelist);

} // namespace fwlearn::analyzer
