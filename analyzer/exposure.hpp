// How much a rule admits, as a number. Private to this room; called by rules and decisions.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// Sets `exposure` from addresses and details, and `beyond` from how many distinct destinations were asked
/// for.
void set_exposure(model::Rule& rule, std::uint64_t destinations_asked_for);

} // namespace fwlearn::analyzer
