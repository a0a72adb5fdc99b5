// New UDP flows, each of a tuple that there never was before, to 1,024 destinations in the lab's internet, as
// user 33. Knows nothing of who listens. Used by the benchmarks of the collector.
#pragma once

#include <ground/netns.hpp>

#include <cstdint>
#include <stdexcept>

namespace fwlearn::bench {

struct Made {
    std::uint64_t flows = 0;
    double seconds = 0;
    [[nodiscard]] double rate() const { return static_cast<double>(flows) / seconds; }
};

/// The kernel refused one: conntrack's table has no room for more.
struct CannotSend : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class FlowStorm {
  public:
    static constexpr unsigned destinations = 1024;
    static constexpr std::uint32_t user = 33;

    /// Nobody answers in the internet, and conntrack forgets a flow after a second, so that its table holds
    /// all.
    explicit FlowStorm(const kernel_test::Lab& lab);

    /// From a process of its own on the first CPU. `rate`: flows a second; 0: as many as it can. Throws
    /// CannotSend.
    Made make(std::uint64_t flows, double rate);

  private:
    const kernel_test::Lab& lab_;
    std::uint64_t begun_ = 0; ///< sockets, each of which is a source port of its own
};

} // namespace fwlearn::bench
