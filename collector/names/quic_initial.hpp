// The ClientHello in the Initial packets of a QUIC client (RFC 9001, RFC 9369), whose keys everybody can work
// out from the packet itself. Reads foreign bytes. Called by heads; fuzzed by tests/fuzz.
#pragma once

#include "said_name.hpp"

#include <map>
#include <span>
#include <vector>

namespace fwlearn::collector::names {

/// Of one flow: the frames may be spread over several packets and datagrams, in any order.
class QuicHello {
  public:
    /// Takes in a datagram that the client sent.
    SaidName add(std::span<const std::uint8_t> datagram);

  private:
    bool hold(std::uint64_t offset, std::span<const std::uint8_t> data);
    void add_frames(std::span<const std::uint8_t> payload);

    std::vector<std::uint8_t>
        first_id_;     ///< the client's first Destination Connection ID, which makes the keys
    bool any_ = false; ///< a packet could be opened
    bool broken_ = false;
    std::size_t octets_ = 0;
    std::map<std::size_t, std::vector<std::uint8_t>> crypto_; ///< by offset
};

} // namespace fwlearn::collector::names
