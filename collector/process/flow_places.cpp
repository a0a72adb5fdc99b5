#include "flow_places.hpp"

#include "bpf/key_words.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace fwlearn::collector::process {
namespace {

/// A program writes a place in less time than one look takes. Who is still at it then is being held up.
constexpr int looks = 16;

using Words = std::array<std::uint64_t, sizeof(fwlearn_place) / sizeof(std::uint64_t)>;
static_assert(sizeof(Words) == sizeof(fwlearn_place) && sizeof(fwlearn_place) == 128);
static_assert(sizeof(fwlearn_bucket) ==
              FWLEARN_WAYS * sizeof(std::uint64_t) + FWLEARN_WAYS * sizeof(fwlearn_place));
static_assert(sizeof(fwlearn_key_words) == sizeof(fwlearn_flow_key));

/// The place as it was at one moment; nothing where it is being written. The other side of claim() and
/// release() in bpf/flow_places.h, each a full barrier.
std::optional<fwlearn_place> whole(const fwlearn_place& shared) {
    for (int look = 0; look < looks; ++look) {
        const auto before = __atomic_load_n(&shared.sequence, __ATOMIC_ACQUIRE);
        if (before % 2 != 0) {
            continue;
        }
        Words words{};
        const auto* const from = reinterpret_cast<const std::uint64_t*>(&shared); // NOLINT: another's memory
        for (std::size_t i = 0; i < words.size(); ++i) {
            words.at(i) = __atomic_load_n(from + i, __ATOMIC_RELAXED); // NOLINT
        }
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (__atomic_load_n(&shared.sequence, __ATOMIC_RELAXED) == before) {
            fwlearn_place place{};
            std::memcpy(&place, words.data(), sizeof place);
            return place;
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<FiledUse> FlowPlaces::find(const fwlearn_flow_key& key,
                                         std::optional<std::uint64_t> not_after) const {
    if (buckets_.empty()) {
        return std::nullopt;
    }
    const auto hash = key_hash(&key, seed_);
    const auto& bucket = buckets_[bucket_of(hash)];
    std::optional<FiledUse> found;
    for (std::size_t way = 0; way < FWLEARN_WAYS; ++way) {
        const auto head = __atomic_load_n(&bucket.head[way], __ATOMIC_RELAXED); // NOLINT: C's own layout
        if ((head & FWLEARN_TAG_MASK) != tag_of(hash)) {
            continue;
        }
        const auto place = whole(bucket.place[way]); // NOLINT
        if (!place) {
            return std::nullopt; // perhaps the newest use of all
        }
        if (!same_key(&place->key, &key)) {
            continue;
        }
        // Two writers at once may have filed the key twice (bpf/flow_places.h).
        for (unsigned i = 0; i < std::min<unsigned>(place->uses, FWLEARN_USES); ++i) {
            const auto& use = place->use[i]; // NOLINT
            if ((!not_after || use.filed_at <= *not_after) &&
                (!found || use.filed_at > found->use.filed_at)) {
                found = FiledUse{use, (place->was_open & FWLEARN_USE_WAS_OPEN << i) != 0};
            }
        }
    }
    return found;
}

} // namespace fwlearn::collector::process
