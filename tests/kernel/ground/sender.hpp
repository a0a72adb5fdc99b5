// Sends new UDP flows one after the other, about 500 a second, from a process of its own, and remembers when
// it sent each. Every flow differs from every other of the same lab. Knows nothing of who watches. Used by
// kill_test.
#pragma once

#include "netns.hpp"
#include "plan.hpp"

#include <chrono>

namespace fwlearn::kernel_test {

struct SentFlow {
    model::SocketOwner owner;
    model::Destination destination;
    std::chrono::steady_clock::time_point at; ///< when its only packet had been sent
};

class Sender {
  public:
    /// `first`: how many flows were sent in this lab before. Is sending when the constructor returns.
    Sender(const Lab& lab, unsigned first);
    ~Sender();
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    std::vector<SentFlow> stop();

  private:
    struct Shared;
    Shared* shared_;
    unsigned first_;
    int pid_ = -1;
};

} // namespace fwlearn::kernel_test
