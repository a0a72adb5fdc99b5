// Who had a flow's key at a moment, out of a ring in which the BPF programs file while it is read. Reads
// along what was filed since, and keeps the filings of each hash in a chain, the newest first; the filings
// themselves stay where they are. Knows nothing of how the memory came to be mapped. Used by programs, asked
// by bpf_source.
#pragma once

#include "../bpf/shapes.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace fwlearn::collector::process {

class FiledFlows {
  public:
    FiledFlows() = default;
    /// One of the programs' rings, whose size is a power of two, how often they have filed in it, and a seed
    /// that nobody can guess.
    FiledFlows(std::span<const fwlearn_filing> ring, const __u64* filed, std::uint64_t seed);

    /// The newest use that was filed no later than that (nanoseconds, monotonic), or of all. Nothing where
    /// that is not known (any more), or just being written: ask again.
    [[nodiscard]] std::optional<fwlearn_filing> find(const fwlearn_flow_key& key,
                                                     std::optional<std::uint64_t> not_after);
    /// When the oldest was filed that is kept; nothing as long as none had to make room.
    [[nodiscard]] std::optional<std::uint64_t> oldest() const;
    /// How often the programs have filed.
    [[nodiscard]] std::uint64_t filed() const;

  private:
    void read_along();
    void take(std::uint64_t number);
    [[nodiscard]] std::optional<fwlearn_filing> whole(std::uint64_t number) const;
    [[nodiscard]] std::size_t place_of(std::uint64_t number) const;
    [[nodiscard]] bool is_kept(std::uint64_t number) const;

    std::span<const fwlearn_filing> ring_;
    const __u64* filed_ = nullptr;
    std::uint64_t seed_ = 0;
    std::uint32_t bits_ = 0; ///< the ring's size is 2 to the power of it
    std::uint64_t next_ = 0; ///< the first that has not been read
    /// What a chain is walked by: filings are in no cache when they are looked for.
    struct Link {
        std::uint32_t before = 0; ///< the number of the one before it in its chain
        std::uint32_t mark = 0;   ///< more of its key's hash than makes the chain
    };
    // Of numbers so many bits are enough.
    std::vector<std::uint32_t> newest_;     ///< by chain
    std::vector<Link> links_;               ///< by number
    std::vector<std::uint64_t> unfinished_; ///< whose writer was still at it; few
};

} // namespace fwlearn::collector::process
