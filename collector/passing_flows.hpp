// Flows that were counted at once, because there was no room to follow them: remembered by a fingerprint of
// four octets each, so that what is said of them later counts nothing twice. Bounded, whatever comes: of more
// than it holds the oldest are forgotten. Pure. Kept by the flow tracker.
#pragma once

#include "collector/tuple.hpp"

#include <cstdint>
#include <vector>

namespace fwlearn::collector {

class PassingFlows {
  public:
    /// False where it is there already.
    bool add(const Tuple& tuple);
    [[nodiscard]] bool contains(const Tuple& tuple) const;
    /// False where it is not there.
    bool remove(const Tuple& tuple);

  private:
    /// A fingerprint that is another's by chance hides a flow: one in 2^29 of those that are looked for.
    static constexpr std::size_t in_bucket = 8;
    static constexpr std::size_t buckets = std::size_t{1} << 18U;

    struct Place {
        std::size_t bucket;
        std::uint32_t fingerprint; ///< never 0
    };
    static Place place_of(const Tuple& tuple);

    std::vector<std::uint32_t> slots_; ///< empty until the first; in each bucket the youngest first
};

} // namespace fwlearn::collector
