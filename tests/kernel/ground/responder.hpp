// The internet's other end: echoes on the answering ports of every address, refuses on the others (the kernel
// does), and says nothing on those that a rule drops.
// Knows nothing of who asks. Made by the kernel tests, as a process of its own in the lab's internet.
#pragma once

#include "netns.hpp"

#include <cstdint>

namespace fwlearn::kernel_test {

/// A port decides what becomes of a flow to it, TCP and UDP, IPv4 and IPv6.
namespace ports {
inline constexpr std::uint16_t answering = 5000;
inline constexpr std::uint16_t answering_count = 20;
inline constexpr std::uint16_t refusing = 6000;
inline constexpr std::uint16_t silent = 7000;
inline constexpr std::uint16_t silent_count = 1000;
} // namespace ports

class Responder {
  public:
    /// Listens when the constructor returns.
    explicit Responder(const Lab& lab);
    ~Responder();
    Responder(const Responder&) = delete;
    Responder& operator=(const Responder&) = delete;

  private:
    int pid_ = -1;
};

} // namespace fwlearn::kernel_test
