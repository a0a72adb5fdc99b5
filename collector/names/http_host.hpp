// The name of the server in the head of an HTTP/1 request (RFC 9112 3.2): its Host field. Reads foreign
// bytes. Called by heads; fuzzed by tests/fuzz.
#pragma once

#include "said_name.hpp"

#include <span>

namespace fwlearn::collector::names {

/// `stream` begins with a request line. A request to a proxy (an absolute URI, CONNECT) says no name: it is
/// not the proxy's.
SaidName http_host(std::span<const std::uint8_t> stream);

} // namespace fwlearn::collector::names
