// The order of flows that are left out, and the words for those that somebody decided to leave out.
// Private to this room; called by select and decisions.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// By content, not by the numbers that identities happen to have in this record.
void put_in_order(std::vector<model::LeftOut>& left_out, const model::Identities& identities);

/// Why a flow that `decision` denies is left out.
std::string decided_reason(const model::Decision& decision);
bool is_decided(const model::LeftOut& left_out);

/// Whether a decision could make it a rule's, and none was made.
bool may_be_allowed(const model::LeftOut& left_out);

} // namespace fwlearn::analyzer
