// Which addresses no name may bring into a whitelist, whoever answers so: a name's owner chooses what it
// stands for, and could open this host, its neighbours or its cloud's credentials to those who may reach the
// name (DNS rebinding). Knows nothing of sets. Used here by places and sender_names, and by cli's refresh.
#pragma once

#include <model/address.hpp>

namespace fwlearn::analyzer {

/// Why it can never stand in a set of a name, as "a loopback address"; nullptr where it may.
const char* why_no_names_address(const model::Address& address);

/// Of networks that are somebody's own (RFC 1918, RFC 4193, RFC 6598): a name stands for these only where it
/// is known to.
bool is_private(const model::Address& address);

} // namespace fwlearn::analyzer
