// Whatever a name server sends, and however its stream is cut: no octet beyond is read, and no name is one
// that model::host_name() would not have.
#include "dns_message.hpp"
#include "dns_streams.hpp"

#include <model/host_name.hpp>

#include <cstdlib>

using namespace fwlearn;
using namespace fwlearn::collector;

namespace {

void check_message(std::span<const std::uint8_t> bytes) {
    const auto message = names::decode_dns(bytes);
    if (!message) {
        return;
    }
    const auto is_name = [](const std::string& name) { return model::host_name(name) == name; };
    for (const auto& record : message->answers) {
        if (!is_name(record.owner) || (!record.target.empty() && !is_name(record.target))) {
            std::abort();
        }
    }
    const auto resolved = names::resolved_by(*message);
    if (!is_name(message->question.name) || !is_name(resolved.canonical)) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::uint8_t> bytes(data, size);
    check_message(bytes);
    // The same as a TCP stream, in two segments of which the later comes first.
    const Tuple flow;
    names::DnsStreams streams;
    const auto half = size / 2;
    const auto handler = [](std::span<const std::uint8_t> message) { check_message(message); };
    const auto later = static_cast<std::uint32_t>(half);
    streams.add(flow, false, {flow, 0, true, false, {}}, {}, handler);
    streams.add(flow, false, {flow, later, false, false, bytes.subspan(half)}, {}, handler);
    streams.add(flow, false, {flow, 0, false, false, bytes.first(half)}, {}, handler);
    return 0;
}
