// Addresses at which clouds tell their machines about themselves, credentials included.
// Private to this room; called by select.
#pragma once

#include <model/address.hpp>

namespace fwlearn::analyzer {

bool is_metadata_address(const model::Address& address);

} // namespace fwlearn::analyzer
