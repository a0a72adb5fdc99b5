// Addresses at which clouds tell their machines about themselves, credentials included.
// Private to this room; called by select and redact_address.
#pragma once

#include <model/address.hpp>

#include <span>

namespace fwlearn::analyzer {

std::span<const model::Address> metadata_addresses();

bool is_metadata_address(const model::Address& address);

} // namespace fwlearn::analyzer
