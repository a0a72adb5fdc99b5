// Decisions to widen what patterns concern: to a prefix, a domain or a range of ports. What else the sender
// needs and what then is admitted as well is taken in, so that no rule is in vain. Private to this room;
// called by wishes.
#pragma once

#include "decisions.hpp"
#include "wishes.hpp"

namespace fwlearn::analyzer {

/// Of one selector and protocol. `known` is what the wishes' names refer to; domains are put behind it.
void widen_as_decided(const model::Record& record, std::span<Wish> wishes,
                      std::vector<model::NamedAddresses>& known, Decided& decided);

} // namespace fwlearn::analyzer
