// Decisions to widen what patterns concern: to a prefix, a domain or a range of ports. Private to this room;
// called by wishes, which has take_in go over what comes of it.
#pragma once

#include "decisions.hpp"
#include "wishes.hpp"

namespace fwlearn::analyzer {

/// Of one selector and protocol. `known` is what the wishes' names refer to; domains are put behind it.
void widen_as_decided(const model::Record& record, std::span<Wish> wishes,
                      std::vector<model::NamedAddresses>& known, Decided& decided);

} // namespace fwlearn::analyzer
