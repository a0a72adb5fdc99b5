#include "tcp_stream.hpp"

#include <algorithm>

namespace fwlearn::collector::names {
namespace {

/// Each takes memory of its own, however small it is. As many as a full window of 128 KiB and more.
constexpr std::size_t most_waiting = 128;

/// Sequence numbers wrap (RFC 9293 3.4): `later` lies less than half of their space ahead of `earlier`.
bool is_before(std::uint32_t earlier, std::uint32_t later) {
    return static_cast<std::int32_t>(earlier - later) < 0;
}

} // namespace

void TcpStream::append(std::uint32_t sequence, std::span<const std::uint8_t> payload) {
    const std::uint32_t known = next_ - sequence;
    if (known >= payload.size()) {
        return;
    }
    const auto fresh = payload.subspan(known);
    ready_.insert(ready_.end(), fresh.begin(), fresh.end());
    next_ += static_cast<std::uint32_t>(fresh.size());
}

bool TcpStream::add(std::uint32_t sequence, std::span<const std::uint8_t> payload) {
    if (payload.empty()) {
        return true;
    }
    if (ready_.size() + waiting_octets_ + payload.size() > limit_) {
        return false;
    }
    if (is_before(next_, sequence)) {
        const auto place = waiting_.find(sequence - origin_);
        if (place == waiting_.end() && waiting_.size() >= most_waiting) {
            return false;
        }
        auto& held = place == waiting_.end() ? waiting_[sequence - origin_] : place->second;
        if (held.size() < payload.size()) { // sent again, with more: what is known stays as it was
            const auto fresh = payload.subspan(held.size());
            held.insert(held.end(), fresh.begin(), fresh.end());
            waiting_octets_ += fresh.size();
        }
        return true;
    }
    append(sequence, payload);
    while (!waiting_.empty()) {
        const auto first = waiting_.begin();
        const std::uint32_t its_sequence = origin_ + first->first;
        if (is_before(next_, its_sequence)) {
            return true;
        }
        append(its_sequence, first->second);
        waiting_octets_ -= first->second.size();
        waiting_.erase(first);
    }
    return true;
}

void TcpStream::consume(std::size_t octets) {
    const auto count = std::min(octets, ready_.size());
    ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(count));
}

} // namespace fwlearn::collector::names
