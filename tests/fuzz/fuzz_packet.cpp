// Any bytes as the head of a packet, in memory of exactly their size so that one byte too far is seen.
#include "expect.hpp"

#include <collector/packet.hpp>

#include <vector>

namespace {

using fwlearn::fuzz::expect;

void check(const fwlearn::collector::Tuple& tuple) {
    const auto& service = tuple.destination.service;
    expect(tuple.source.family() == tuple.destination.address.family());
    expect(service.protocol.has_ports() || service.protocol.is_icmp() || service.detail == 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fwlearn::collector;
    const std::vector<std::uint8_t> bytes(data, data + size);
    const auto packet = decode_packet(bytes);
    if (!packet) {
        return 0;
    }
    expect(size >= 20 &&
           packet->tuple.source.family() ==
               (data[0] >> 4U == 4 ? fwlearn::model::Family::ipv4 : fwlearn::model::Family::ipv6));
    check(packet->tuple);
    if (packet->unreachable) {
        check(*packet->unreachable);
    }
    expect(decode_packet(bytes) == packet);
    return 0;
}
