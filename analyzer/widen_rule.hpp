// One rule made to admit more, because somebody decided so. What that does to other rules is for the caller.
// Private to this room; called by decisions.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// Sets addresses, names and details as the decision wants them, and the id anew. False, and nothing changed,
/// where it cannot concern this rule: ports of a protocol without any, a domain for a rule by address.
bool widen(model::Rule& rule, const model::Decision& decision);

} // namespace fwlearn::analyzer
