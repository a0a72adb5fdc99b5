// DNS over TCP (RFC 1035 4.2.2, RFC 7766): the messages in both directions of each connection, in order,
// however they are cut to segments. Bounded. Pure; knows nothing of what they mean. Used by names.
#pragma once

#include "collector/now.hpp"
#include "collector/packet.hpp"
#include "tcp_stream.hpp"

#include <functional>
#include <optional>
#include <unordered_map>

namespace fwlearn::collector::names {

class DnsStreams {
  public:
    explicit DnsStreams(std::size_t capacity = 256) : capacity_(capacity) {}

    using Handler = std::function<void(std::span<const std::uint8_t> message)>;
    /// A segment of `flow`, which is the tuple of the side that asks; `answering`: sent by the other side.
    /// Calls the handler for each message that is whole now. A connection that was not seen from its first
    /// segment on is not read.
    void add(const Tuple& flow, bool answering, const Carried& segment, const Now& now,
             const Handler& handler);

    /// Connections that were given up: to make room for others, or because a part of them was not copied,
    /// not kept, or never came.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

    /// Connections that are being read: with this object their names go as well.
    [[nodiscard]] std::uint64_t open(const Now& now) const;

  private:
    struct Connection {
        std::optional<TcpStream> asking, answering;
        std::chrono::steady_clock::time_point last;
    };
    void make_room(const Now& now);

    std::size_t capacity_;
    std::uint64_t dropped_ = 0;
    std::unordered_map<Tuple, Connection> connections_;
};

} // namespace fwlearn::collector::names
