// Who may still take of something that is bounded, so that nobody who takes without end leaves others
// without. Knows nothing of what is taken. Used wherever something of many owners is kept between packet and
// row.
#pragma once

#include <model/process.hpp>

#include <tsl/robin_map.h>

#include <cstddef>
#include <cstdint>

namespace fwlearn::collector {

/// An owner as one word. Groups do not count: a user may have many.
inline std::uint64_t share_of(const model::SocketOwner& owner) {
    return std::uint64_t{static_cast<std::uint8_t>(owner.kind)} << 32U | owner.uid;
}

/// Of what is refused when there is no more: an eighth of it is kept for owners that have few, which are
/// those with less than a 64th each.
class FairShare {
  public:
    explicit FairShare(std::size_t capacity) : capacity_(capacity) {}

    /// Whether the owner may have one more; then it has.
    bool take(std::uint64_t owner) {
        auto& own = by_owner_[owner];
        const bool few = own < capacity_ / part_of_few + 1;
        if (taken_ >= (few ? capacity_ : capacity_ - capacity_ / part_kept)) {
            if (own == 0) {
                by_owner_.erase(owner);
            }
            return false;
        }
        ++own;
        ++taken_;
        return true;
    }
    void give_back(std::uint64_t owner) {
        const auto found = by_owner_.find(owner);
        if (found != by_owner_.end()) {
            --taken_;
            if (--found.value() == 0) {
                by_owner_.erase(found);
            }
        }
    }
    [[nodiscard]] std::size_t taken() const { return taken_; }

  private:
    static constexpr std::size_t part_kept = 8;
    static constexpr std::size_t part_of_few = 64;

    std::size_t capacity_;
    std::size_t taken_ = 0;
    tsl::robin_map<std::uint64_t, std::size_t> by_owner_; ///< none of them 0
};

/// Of that whose oldest goes when there is no more: each owner's first ones are kept apart from all others,
/// so that what he has beyond them takes no place of theirs.
class FirstOnes {
  public:
    explicit FirstOnes(std::size_t most) : most_(most) {}

    /// Whether one more is among the owner's first; then it counts.
    bool take(std::uint64_t owner) {
        auto& own = by_owner_[owner];
        const bool first = own < most_;
        own += first ? 1 : 0;
        return first;
    }
    void give_back(std::uint64_t owner) {
        const auto found = by_owner_.find(owner);
        if (found != by_owner_.end() && --found.value() == 0) {
            by_owner_.erase(found);
        }
    }
    void clear() { by_owner_.clear(); }

  private:
    std::size_t most_;
    tsl::robin_map<std::uint64_t, std::size_t> by_owner_; ///< none of them 0, unless `most_` is
};

} // namespace fwlearn::collector
