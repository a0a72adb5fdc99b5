// What packets say, from their bytes to plain data. All that reads a packet's bytes is behind this header, so
// that it can be done where nothing else can be: by the reader process. Knows nothing of sockets and senders.
// Run in the reader process; called as it is by tests and benchmarks.
#pragma once

#include "collector/packet.hpp"
#include "name_reader.hpp"

namespace fwlearn::collector::reading {

struct RawPacket {
    std::span<const std::uint8_t> bytes; ///< from the IP header on
    bool for_names = false;              ///< it was copied for the names in it
    bool leaving = false;
};

struct ReadPacket {
    std::optional<Packet> packet; ///< nothing: it could not be understood
    NameReader::Found names;      ///< of one that was copied for them

    bool operator==(const ReadPacket&) const = default;
};

struct Reading {
    std::vector<ReadPacket> packets; ///< one for each that was given
    // Since the reader's start.
    std::uint64_t streams_dropped = 0;
    std::uint64_t heads_given_up = 0;
    // Being read now: lost where the reader is killed.
    std::uint64_t streams_open = 0;
    std::uint64_t heads_open = 0;

    bool operator==(const Reading&) const = default;
};

class PacketReader {
  public:
    Reading read(std::span<const RawPacket> packets, const Now& now);

  private:
    NameReader names_;
};

} // namespace fwlearn::collector::reading
