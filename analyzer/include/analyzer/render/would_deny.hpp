// Flows that would have been denied, a line each, for people.
// Called by cli's apply.
#pragma once

#include "analyzer/would_deny.hpp"

#include <span>
#include <string>

namespace fwlearn::analyzer {

/// `identities` are the record's, for the users' names. At most `limit` lines, and one that counts the rest.
std::string render_would_deny(std::span<const WouldDeny> denied, const model::Identities& identities,
                              std::size_t limit);

} // namespace fwlearn::analyzer
