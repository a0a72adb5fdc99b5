// One direction of a TCP connection, put together from copies of its segments: repeated, cut differently, out
// of order or missing. Keeps a bounded amount. Pure; knows nothing of what is said. Used by names.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace fwlearn::collector::names {

class TcpStream {
  public:
    /// `first`: the sequence number of the stream's first octet (RFC 9293 3.4).
    explicit TcpStream(std::uint32_t first, std::size_t limit = 1U << 17U) : next_(first), limit_(limit) {}

    /// Takes in a segment. False: it goes beyond the limit and is dropped, and so may never be followed.
    bool add(std::uint32_t sequence, std::span<const std::uint8_t> payload);
    /// What is there without a hole, from the first octet that was not consumed.
    [[nodiscard]] std::span<const std::uint8_t> ready() const { return ready_; }
    void consume(std::size_t octets);
    /// Nothing is there, and nothing waits behind a hole.
    [[nodiscard]] bool empty() const { return ready_.empty() && waiting_.empty(); }

  private:
    void append(std::uint32_t sequence, std::span<const std::uint8_t> payload);

    std::uint32_t next_; ///< follows on ready_
    std::size_t limit_;
    std::size_t waiting_octets_ = 0;
    std::vector<std::uint8_t> ready_;
    std::map<std::uint32_t, std::vector<std::uint8_t>> waiting_; ///< by distance from the first octet ever
    std::uint32_t origin_ = next_;
};

} // namespace fwlearn::collector::names
