// Flows that were counted at once, because there was no room to follow them: remembered by a fingerprint of
// four octets each, so that what is said of them later counts nothing twice. Bounded, whatever comes: of more
// than it has room for older ones are forgotten. Pure. Kept by the flow tracker.
#pragma once

#include "collector/tuple.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fwlearn::collector {

class PassingFlows {
  public:
    /// False where it is there already.
    bool add(const Tuple& tuple);
    [[nodiscard]] bool contains(const Tuple& tuple);
    /// False where it is not there.
    bool remove(const Tuple& tuple);

  private:
    /// A fingerprint that is another's by chance hides a flow: one in 2^28 of those that are looked for.
    static constexpr std::size_t in_bucket = 8;
    static constexpr std::size_t buckets = std::size_t{1} << 18U;

    /// Each may be in one of two buckets, and goes into the emptier one. With one alone to choose from a
    /// hundredth finds it full when half of all room is taken; of two both are full when nearly all is.
    struct Place {
        std::size_t first, second;
        std::uint32_t fingerprint; ///< never 0
    };
    static Place place_of(const Tuple& tuple);
    using Bucket = std::span<std::uint32_t, in_bucket>;
    [[nodiscard]] Bucket bucket(std::size_t number);
    /// Nullptr where it is in neither.
    [[nodiscard]] static std::uint32_t* find(Bucket bucket, std::uint32_t fingerprint);

    std::vector<std::uint32_t> slots_; ///< empty until the first; in each bucket the youngest first
};

} // namespace fwlearn::collector
