// Makes planned flows in the lab's server with real sockets, and waits for what became of each.
// Knows nothing of who watches. Used by the kernel tests, with a Responder in the lab's internet.
#pragma once

#include "fd.hpp"
#include "netns.hpp"
#include "plan.hpp"

#include <span>

namespace fwlearn::kernel_test {

class Traffic {
  public:
    explicit Traffic(const Lab& lab) : lab_(lab) {}

    /// All at once; returns when the last has the outcome that was planned, as its socket was told it: a SYN
    /// without an answer has been sent twice, a datagram that nobody answers three times. Throws for any
    /// other outcome. Every flow has a source port of its own, so that none is taken for a repetition.
    void make(std::span<const PlannedFlow> plan);
    /// TCP connections that stay open as long as what is returned.
    std::vector<Fd> keep_open(std::span<const PlannedFlow> plan);
    /// What is no flow of the server's: loopback, and connections that the internet opens to it and has
    /// answered.
    void distract();

  private:
    Fd begin(const PlannedFlow& flow);

    const Lab& lab_;
    std::uint16_t source_port_ = 10000;
};

} // namespace fwlearn::kernel_test
