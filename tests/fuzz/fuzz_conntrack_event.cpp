// Any octets as an event of conntrack's, in memory of exactly their size so that one octet too far is seen.
#include <conntrack_event.hpp>

#include <cstdlib>
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
    const bool nothing = !service.protocol.has_ports() && !service.protocol.is_icmp();
    if (tuple.source.family() != tuple.destination.address.family() ||
        (nothing && (service.detail != 0 || tuple.source_detail != 0)) ||
        (entry->tcp_closed && !entry->tcp_ending)) {
        std::abort();
    }
    return 0;
}
