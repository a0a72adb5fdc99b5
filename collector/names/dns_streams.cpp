#include "dns_streams.hpp"

#include <algorithm>

namespace fwlearn::collector::names {
namespace {

using namespace std::chrono_literals;

/// A resolver keeps a connection for seconds (RFC 7766 6.2.3); after this long it is not waited for.
constexpr auto idle_for = 2min;
constexpr std::size_t length_octets = 2;

} // namespace

void DnsStreams::make_room(const Now& now) {
    if (connections_.size() < capacity_) {
        return;
    }
    std::erase_if(connections_,
                  [&now](const auto& entry) { return now.steady - entry.second.last > idle_for; });
    if (connections_.size() >= capacity_) {
        ++dropped_;
        connections_.erase(std::min_element(
            connections_.begin(), connections_.end(),
            [](const auto& one, const auto& other) { return one.second.last < other.second.last; }));
    }
}

std::uint64_t DnsStreams::open(const Now& now) const {
    return static_cast<std::uint64_t>(
        std::count_if(connections_.begin(), connections_.end(),
                      [&now](const auto& entry) { return now.steady - entry.second.last <= idle_for; }));
}

void DnsStreams::add(const Tuple& flow, bool answering, const Carried& segment, const Now& now,
                     const Handler& handler) {
    auto found = connections_.find(flow);
    if (found == connections_.end()) {
        if (!segment.syn || answering) {
            return;
        }
        make_room(now);
        found = connections_.emplace(flow, Connection{}).first;
    }
    found->second.last = now.steady;
    auto& stream = answering ? found->second.answering : found->second.asking;
    if (segment.syn) {
        stream.emplace(segment.sequence);
    }
    // What the copy lacks nobody sends again: behind the hole nothing would ever be read.
    bool lost = segment.cut;
    if (stream) {
        lost = !stream->add(segment.sequence, segment.payload) || lost;
        for (auto ready = stream->ready(); ready.size() >= length_octets; ready = stream->ready()) {
            const std::size_t length = std::size_t{ready[0]} << 8U | ready[1];
            if (ready.size() < length_octets + length) {
                break;
            }
            handler(ready.subspan(length_octets, length));
            stream->consume(length_octets + length);
        }
    }
    const bool ended = segment.last && answering;
    if (ended && stream) {
        lost = lost || !stream->empty();
    }
    dropped_ += lost ? 1 : 0;
    if (lost || ended) {
        connections_.erase(found);
    }
}

} // namespace fwlearn::collector::names
