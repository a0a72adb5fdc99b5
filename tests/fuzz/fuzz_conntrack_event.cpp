// Any octets as an event of conntrack's, in memory of exactly their size so that one octet too far is seen.
#include "expect.hpp"

#include <conntrack_event.hpp>

#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fwlearn::collector;
    const std::vector<std::uint8_t> octets(data, data + size);
    const auto entry = read_conntrack_event(octets);
    if (!entry) {
        return 0;
    }
    const auto& tuple = entry->tuple;
    const auto& service = tuple.destination.service;
    fwlearn::fuzz::expect(tuple.source.family() == tuple.destination.address.family());
    fwlearn::fuzz::expect(service.protocol.has_ports() || service.protocol.is_icmp() ||
                          (service.detail == 0 && tuple.source_detail == 0));
    fwlearn::fuzz::expect(!entry->tcp_closed || entry->tcp_ending);
    return 0;
}
