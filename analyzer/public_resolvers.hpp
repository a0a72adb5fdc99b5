// Public resolvers that answer over HTTPS (RFC 8484): whoever reaches one can ask for any name, and be told
// anything, unseen. As their operators publish them; no list of them is whole.
// Private to this room; read by warnings.
#pragma once

#include <model/address.hpp>

namespace fwlearn::analyzer {

bool is_public_resolver(const model::Address& address);
bool is_public_resolver(std::string_view host_name);

} // namespace fwlearn::analyzer
