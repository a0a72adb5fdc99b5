// The internet's end of a benchmark: takes TCP connections and throws away what they bring, and holds a UDP
// port that nobody reads. Knows nothing of who sends. A process of its own in the lab's internet.
#pragma once

#include <ground/netns.hpp>

namespace fwlearn::bench {

class Sink {
  public:
    static constexpr std::uint16_t port = 9; // discard (RFC 863)

    /// Listens, on every address, when the constructor returns.
    explicit Sink(const kernel_test::Lab& lab);
    ~Sink();
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

  private:
    int pid_ = -1;
};

} // namespace fwlearn::bench
