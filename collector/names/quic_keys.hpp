// Opens the protected Initial packets of a QUIC client (RFC 9001 5, RFC 9369 3.3) with the keys that follow
// from its first Destination Connection ID. Knows nothing of frames. Used by quic_initial and by the fuzzer,
// which makes such packets.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace fwlearn::collector::names {

inline constexpr std::uint32_t quic_version_1 = 1;
inline constexpr std::uint32_t quic_version_2 = 0x6b3343cf;

struct QuicKeys {
    std::array<std::uint8_t, 16> key{};
    std::array<std::uint8_t, 12> iv{};
    std::array<std::uint8_t, 16> header{};
};

/// The client's, of version 1 or 2.
QuicKeys client_initial_keys(std::uint32_t version, std::span<const std::uint8_t> connection_id);

/// `packet` is one Initial packet, with its packet number at `number_at`. Its payload when the tag is right.
std::optional<std::vector<std::uint8_t>>
open_initial(const QuicKeys& keys, std::span<const std::uint8_t> packet, std::size_t number_at);

/// The reverse: `header` ends with a packet number, whose length its first octet says.
std::vector<std::uint8_t> seal_initial(const QuicKeys& keys, std::span<const std::uint8_t> header,
                                       std::span<const std::uint8_t> payload);

} // namespace fwlearn::collector::names
