#include "log_reading.hpp"

#include "collector/flow_tracker.hpp"

#include <algorithm>
#include <array>

namespace fwlearn::collector {

/// Under load a question to the process that reads waits for its turn on a processor, which must not be for
/// every hundred packets.
bool LogReading::read(const Now& now, const Handler& handler) {
    logged_.clear();
    std::size_t used = 0;
    bool more = true;
    while (more && used < most) {
        const auto result = log_.read(messages_.octets().subspan(used),
                                      [this](const LoggedPacket& one) { logged_.push_back(one); });
        losses_.log_read(result);
        load_.came(result.messages, now.steady);
        used += NLMSG_ALIGN(result.octets);
        more = result.more;
    }
    if (!logged_.empty()) {
        losses_.malformed(understand(now, handler));
    }
    return more;
}

std::uint64_t LogReading::understand(const Now& now, const Handler& handler) {
    raw_.clear();
    for (const auto& packet : logged_) {
        raw_.push_back({packet.bytes, packet.for_names, packet.out_interface != 0});
    }
    const auto read = process_.read(raw_, now);
    std::uint64_t malformed = 0;
    std::array<const Tuple*, FlowTracker::together> expected{};
    for (std::size_t begin = 0; begin < logged_.size(); begin += expected.size()) {
        const auto end = std::min(begin + expected.size(), logged_.size());
        std::size_t understood = 0;
        for (std::size_t index = begin; index < end; ++index) {
            if (const auto& packet = read.packets[index].packet) {
                expected.at(understood++) = &packet->tuple;
            }
        }
        malformed += end - begin - understood;
        handler.expect(std::span(expected).first(understood));
        for (std::size_t index = begin; index < end; ++index) {
            if (read.packets[index].packet) {
                handler.take(logged_[index], read.packets[index]);
            }
        }
    }
    return malformed;
}

} // namespace fwlearn::collector
