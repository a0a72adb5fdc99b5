// What the observer and its reader process say to each other, as bytes: packets there, what they say back.
// The reader may have been taken over by a packet: its answer is read like any foreign bytes, and a name in
// it is none unless it has the form of one. Pure; knows nothing of processes. Used by the reader process;
// fuzzed by tests/fuzz.
#pragma once

#include "packet_reader.hpp"

#include <optional>
#include <span>
#include <vector>

namespace fwlearn::collector::reading {

/// Of one message, so that a length that is not true asks for no memory.
inline constexpr std::size_t longest_message = std::size_t{16} << 20U;

struct Request {
    std::vector<RawPacket> packets; ///< parts of the bytes that it was read from
    Now now;
};

/// Without its length, which goes before it as 4 octets.
std::vector<std::uint8_t> to_bytes(std::span<const RawPacket> packets, const Now& now);
std::vector<std::uint8_t> to_bytes(const Reading& reading);

/// Nothing for what to_bytes() cannot have made.
std::optional<Request> read_request(std::span<const std::uint8_t> bytes);
/// The same, and for another number of packets than `wanted`.
std::optional<Reading> read_reading(std::span<const std::uint8_t> bytes, std::size_t wanted);

} // namespace fwlearn::collector::reading
