#include "name_reader.hpp"

namespace fwlearn::collector::reading {
namespace {

constexpr std::uint16_t dns_port = 53;

/// The flow that a packet of the other side answers.
Tuple turned_round(const Tuple& tuple) {
    Tuple flow;
    flow.source = tuple.destination.address;
    flow.source_detail = tuple.destination.service.detail;
    flow.destination = {{tuple.destination.service.protocol, tuple.source_detail}, tuple.source};
    return flow;
}

void read_dns(const Tuple& flow, bool answer, std::span<const std::uint8_t> message,
              NameReader::Found& found) {
    auto decoded = names::decode_dns(message);
    // A question that comes in is no answer, and an answer that goes out is somebody else's.
    if (!decoded || decoded->response != answer) {
        found.malformed = true;
    } else if (answer) {
        auto resolved = names::resolved_by(*decoded);
        found.heard.emplace_back(
            Answered{flow, decoded->id, std::move(decoded->question), std::move(resolved)});
    } else {
        found.heard.emplace_back(Asked{flow, decoded->id, std::move(decoded->question)});
    }
}

} // namespace

NameReader::Found NameReader::read(std::span<const std::uint8_t> bytes, bool leaving, const Now& now) {
    Found found;
    const auto carried = decode_carried(bytes);
    if (!carried) {
        found.malformed = true;
        return found;
    }
    const Tuple flow = leaving ? carried->tuple : turned_round(carried->tuple);
    const auto& service = flow.destination.service;
    const bool udp = service.protocol == model::protocol::udp;
    if (service.detail == dns_port && udp) {
        read_dns(flow, !leaving, carried->payload, found);
    } else if (service.detail == dns_port) {
        streams_.add(flow, !leaving, *carried, now, [&](std::span<const std::uint8_t> message) {
            read_dns(flow, !leaving, message, found);
        });
    } else if (leaving) {
        if (auto said = heads_.add(*carried, now)) {
            found.heard.emplace_back(Said{flow, std::move(said->name), said->source});
        }
    }
    return found;
}

} // namespace fwlearn::collector::reading
