// Which number a hash stands for: an open table of eight octets for each that it holds, by linear probing,
// and without tombstones. tsl::robin_map, which every other table here is, cannot be told to bring a slot
// into the cache before it is looked at, and that is most of what a look costs in a table of a quarter of a
// million. Knows nothing of what is hashed: of those whose hashes are alike the caller says which one is
// meant. Bounded by its callers. Used by living flows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace fwlearn::collector {

class PlaceIndex {
  public:
    using Number = std::uint32_t;
    static constexpr Number none = 0xffffffffU;

    /// Brings the slot into the processor's cache, and does not wait for that.
    void fetch(std::size_t hash) const { __builtin_prefetch(&slots_[home(hash)]); }

    /// The first for which `is_it(number)` says true; none where there is not any.
    template <typename IsIt>
    [[nodiscard]] Number find(std::size_t hash, const IsIt& is_it) const {
        const auto slot = slot_of(hash, is_it);
        return slots_[slot].number;
    }

    /// It must not be there yet, and not be `none`.
    void insert(std::size_t hash, Number number) {
        if ((held_ + 1) * most_of >= slots_.size() * most) {
            grow();
        }
        ++held_;
        put({part_of(hash), number});
    }

    /// Where there is one.
    template <typename IsIt>
    void erase(std::size_t hash, const IsIt& is_it) {
        auto gap = slot_of(hash, is_it);
        if (slots_[gap].number == none) {
            return;
        }
        --held_;
        // Those behind it come nearer, as far as each may.
        for (auto next = after(gap); slots_[next].number != none; next = after(next)) {
            const auto wanted = home(slots_[next].part);
            if (distance(wanted, next) >= distance(gap, next)) {
                slots_[gap] = slots_[next];
                gap = next;
            }
        }
        slots_[gap] = Slot{};
    }

    [[nodiscard]] std::size_t size() const { return held_; }

  private:
    struct Slot {
        std::uint32_t part = 0; ///< of the hash: its place in the table, and some more
        Number number = none;
    };
    /// Of four slots three are taken at most: then a look takes two and a half slots, next to each other.
    static constexpr std::size_t most = 3;
    static constexpr std::size_t most_of = 4;

    static std::uint32_t part_of(std::size_t hash) { return static_cast<std::uint32_t>(hash); }
    [[nodiscard]] std::size_t home(std::size_t hash) const { return part_of(hash) & (slots_.size() - 1); }
    [[nodiscard]] std::size_t after(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
    [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const {
        return (to - from) & (slots_.size() - 1);
    }

    /// Where it is, or the empty slot that says that it is not there.
    template <typename IsIt>
    [[nodiscard]] std::size_t slot_of(std::size_t hash, const IsIt& is_it) const {
        auto slot = home(hash);
        while (slots_[slot].number != none &&
               (slots_[slot].part != part_of(hash) || !is_it(slots_[slot].number))) {
            slot = after(slot);
        }
        return slot;
    }

    void put(const Slot& taken) {
        auto slot = home(taken.part);
        while (slots_[slot].number != none) {
            slot = after(slot);
        }
        slots_[slot] = taken;
    }

    void grow() {
        std::vector<Slot> old(2 * slots_.size());
        old.swap(slots_);
        for (const auto& slot : old) {
            if (slot.number != none) {
                put(slot);
            }
        }
    }

    std::vector<Slot> slots_ = std::vector<Slot>(16); ///< a power of two
    std::size_t held_ = 0;
};

} // namespace fwlearn::collector
