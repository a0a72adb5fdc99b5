// The name of the server in a TLS ClientHello (RFC 8446 4.1.2, RFC 6066 3). Reads foreign bytes and no more
// of them than it needs. Called by heads and quic_initial; fuzzed by tests/fuzz.
#pragma once

#include "said_name.hpp"

#include <span>

namespace fwlearn::collector::names {

/// `stream` begins with TLS records (RFC 8446 5.1), whose fragments together hold the message.
SaidName tls_server_name(std::span<const std::uint8_t> stream);

/// The same without records, as QUIC carries it (RFC 9001 4).
SaidName tls_server_name_of_handshake(std::span<const std::uint8_t> handshake);

} // namespace fwlearn::collector::names
