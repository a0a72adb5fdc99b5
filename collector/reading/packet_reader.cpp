#include "packet_reader.hpp"

namespace fwlearn::collector::reading {

Reading PacketReader::read(std::span<const RawPacket> packets, const Now& now) {
    Reading reading;
    reading.packets.reserve(packets.size());
    for (const auto& raw : packets) {
        auto& read = reading.packets.emplace_back();
        read.packet = decode_packet(raw.bytes);
        if (read.packet && raw.for_names) {
            read.names = names_.read(raw.bytes, raw.leaving, now);
        }
    }
    reading.streams_dropped = names_.streams_dropped();
    reading.heads_given_up = names_.heads_given_up();
    reading.streams_open = names_.streams_open(now);
    reading.heads_open = names_.heads_open();
    return reading;
}

} // namespace fwlearn::collector::reading
