// Pseudonyms of addresses: two that have their first bits in common have as many in common afterwards, and
// what is special stays so: private, link-local, multicast. Knows nothing of records. Private to this room;
// called by redact.
#pragma once

#include <model/address.hpp>

#include <functional>
#include <string>

namespace fwlearn::analyzer {

/// `is_turned` decides by a secret, and always in the same way, whether the bit that follows this prefix is
/// turned.
model::Address redact_address(const model::Address& address,
                              const std::function<bool(const std::string& prefix)>& is_turned);

} // namespace fwlearn::analyzer
