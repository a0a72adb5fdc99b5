// Which addresses no name may bring into a whitelist, whoever answers so: a name's owner chooses what it
// stands for, and could open this host, its neighbours or its cloud's credentials to those who may reach the
// name (DNS rebinding). Knows nothing of sets. Used here by places and sender_names, by render and by cli's
// refresh.
#pragma once

#include <model/prefix.hpp>

#include <vector>

namespace fwlearn::analyzer {

/// Why it can never stand in a set of a name, as "a loopback address"; nullptr where it may.
const char* why_no_names_address(const model::Address& address);

/// Of networks that are somebody's own (RFC 1918, RFC 4193, RFC 6598): a name stands for these only where it
/// is known to.
bool is_private(const model::Address& address);

/// Of an IP version all addresses of which why_no_names_address() says why, and where the name is not known
/// to stand for private ones, those as well. Ascending, disjoint.
std::vector<model::Prefix> no_names_addresses(model::Family family, bool and_private);

} // namespace fwlearn::analyzer
