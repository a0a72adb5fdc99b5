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

struct Request {
    std::vector<RawPacket> packets; ///< parts of the bytes that it was read from
    Now now;
};

/// How many octets of `into` it takes; nothing where it has no room there.
std::optional<std::size_t> write(std::span<const RawPacket> packets, const Now& now,
                                 std::span<std::uint8_t> into);
std::optional<std::size_t> write(const Reading& reading, std::span<std::uint8_t> into);

/// Nothing for what write() cannot have made.
std::optional<Request> read_request(std::span<const std::uint8_t> bytes);
/// The same, and for another number of packets than `wanted`.
std::optional<Reading> read_reading(std::span<const std::uint8_t> bytes, std::size_t wanted);

} // namespace fwlearn::collector::reading
