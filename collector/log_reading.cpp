#include "log_reading.hpp"

#include "collector/flow_tracker.hpp"

#include <algorithm>
#include <array>

namespace fwlearn::collector {

/// Under load a question to the process that reads waits for its turn on a processor, which must not be for
/// every hundred packets.
bool LogReading::read(const Now& now, const Handler& handler) {
    constexpr std::size_t most_octets = std::size_t{1} << 20U;
    logged_.clear();
    begins_.clear();
    octets_.clear();
    bool more = true;
    while (more && octets_.size() < most_octets) {
        const auto result = log_.read([this](const LoggedPacket& one) {
            logged_.push_back(one);
            begins_.push_back(octets_.size());
            octets_.insert(octets_.end(), one.bytes.begin(), one.bytes.end());
        });
        losses_.log_read(result);
        load_.came(result.messages, now.steady);
        more = result.more;
    }
    for (std::size_t index = 0; index < logged_.size(); ++index) {
        logged_[index].bytes = std::span(octets_).subspan(begins_[index], logged_[index].bytes.size());
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
