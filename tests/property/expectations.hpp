// What a whitelist ought to say, worked out from the record a third time: from docs/whitelist.md, without the
// analyzer's code and without verdict's. Used by the tests of the invariants.
#pragma once

#include "random_record.hpp"

#include <analyzer/verdict.hpp>

#include <vector>

namespace fwlearn::tests {

bool accepts(const model::Whitelist& whitelist, const model::FlowKey& key);

/// Those that the whitelist does not leave out.
std::vector<model::FlowKey> kept_flows(const model::Record& record, const model::Whitelist& whitelist);

/// What is admitted whatever the record has.
bool always_admitted(const model::SocketOwner& owner, const model::Destination& to);

/// One step away from an observed flow, in one direction.
analyzer::Packet neighbour_of(const model::FlowKey& key, RandomRecord& world);

/// Just this was seen of this sender, and asks for a rule.
bool was_observed(const model::Record& record, const model::SocketOwner& owner, const model::Destination& to);

} // namespace fwlearn::tests
