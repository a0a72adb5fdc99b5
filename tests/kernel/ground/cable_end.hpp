// What comes out of the cable's far end, below every rule: how a test waits for a packet that no socket tells
// of. Knows nothing of who sends it. Used by observe_test.
#pragma once

#include "netns.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>

namespace fwlearn::kernel_test {

class CableEnd {
  public:
    /// From now on nothing is missed.
    explicit CableEnd(const Lab& lab);

    using Packet = std::span<const std::uint8_t>; ///< from the IP header on
    /// Returns after the first packet for which `wanted` is true; throws when none comes in time.
    void wait_for(const std::function<bool(Packet)>& wanted,
                  std::chrono::seconds patience = std::chrono::seconds(10));

  private:
    Fd socket_;
};

} // namespace fwlearn::kernel_test
