// Who had a flow's key at a moment, out of the places in which the BPF programs file while they are read.
// Knows nothing of how the memory came to be mapped. Used by programs, asked by bpf_source.
#pragma once

#include "bpf/shapes.h"

#include <cstdint>
#include <optional>
#include <span>

namespace fwlearn::collector::process {

/// A use of the key as it was filed.
struct FiledUse {
    fwlearn_use use{};
    bool was_open = false; ///< FWLEARN_USE_WAS_OPEN
};

class FlowPlaces {
  public:
    FlowPlaces() = default;
    /// As many buckets as the programs' map has, and the seed of their hash.
    FlowPlaces(std::span<const fwlearn_bucket, FWLEARN_BUCKETS> buckets, std::uint64_t seed)
        : buckets_(buckets), seed_(seed) {}

    /// The newest use that was filed no later than that (nanoseconds, monotonic), or of all. Nothing where
    /// that is not known (any more), or just being written: ask again.
    [[nodiscard]] std::optional<FiledUse> find(const fwlearn_flow_key& key,
                                               std::optional<std::uint64_t> not_after) const;

  private:
    std::span<const fwlearn_bucket> buckets_;
    std::uint64_t seed_ = 0;
};

} // namespace fwlearn::collector::process
