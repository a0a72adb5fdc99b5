// The decision that would be for just one flow, and for whatever else agrees: by pattern, so that it needs no
// rule to be there. Private to this room; called by open_questions and audit.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// Program, user (or what else owned the socket), name (or address, where `name` is empty), protocol, port or
/// ICMP type and code. `name` is a proven one: of a
/// label alone no decision may allow anything.
model::DecisionScope scope_for(const model::FlowKey& key, const model::Identities& identities,
                               const model::ForeignText& name);

} // namespace fwlearn::analyzer
