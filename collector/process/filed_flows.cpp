#include "filed_flows.hpp"

#include "../bpf/filings.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace fwlearn::collector::process {
namespace {

/// Chains have a link or two. One that is longer is of a key that very many use in turn.
constexpr unsigned longest_walk = 4096;
/// Writers that were stopped in the middle: fewer than CPUs.
constexpr std::size_t most_unfinished = 256;

using Words = std::array<std::uint64_t, sizeof(fwlearn_filing) / sizeof(std::uint64_t)>;
static_assert(sizeof(fwlearn_filing) == 64 && sizeof(Words) == sizeof(fwlearn_filing));
static_assert(sizeof(fwlearn_key_words) == sizeof(fwlearn_flow_key));

struct Chain {
    std::uint32_t number; ///< which
    std::uint32_t mark;   ///< of the key, among those in it
};

Chain chain_of(const fwlearn_flow_key& key, std::uint64_t seed, std::size_t chains) {
    const std::uint64_t hash = key_hash(&key, seed);
    return {static_cast<std::uint32_t>(hash & (chains - 1)), static_cast<std::uint32_t>(hash >> 32U)};
}

} // namespace

FiledFlows::FiledFlows(std::span<const fwlearn_filing> ring, const __u64* filed, std::uint64_t seed)
    : ring_(ring), filed_(filed), seed_(seed),
      bits_(static_cast<std::uint32_t>(std::countr_zero(ring.size()))), newest_(ring.size()),
      links_(ring.size()) {}

std::uint64_t FiledFlows::filed() const {
    return filed_ != nullptr ? __atomic_load_n(filed_, __ATOMIC_ACQUIRE) : 0;
}

std::optional<std::uint64_t> FiledFlows::oldest() const {
    constexpr std::uint64_t most_written_over = 256; // right now, by as many at once
    const auto end = filed();
    if (ring_.empty() || end <= ring_.size()) {
        return std::nullopt;
    }
    for (auto number = end - ring_.size(); number < end - ring_.size() + most_written_over; ++number) {
        if (const auto filing = whole(number)) {
            return filing->use.filed_at;
        }
    }
    return std::nullopt;
}

std::size_t FiledFlows::place_of(std::uint64_t number) const {
    return number & (ring_.size() - 1);
}

bool FiledFlows::is_kept(std::uint64_t number) const {
    return number < next_ && next_ - number <= ring_.size();
}

/// The filing as it was at one moment; nothing where it is being written, or another has its place. The other
/// side of claim() and give_out() in bpf/filings.h, each a full barrier.
std::optional<fwlearn_filing> FiledFlows::whole(std::uint64_t number) const {
    const auto& shared = ring_[place_of(number)];
    const auto stamp = stamp_of(number, bits_);
    if (__atomic_load_n(&shared.stamp, __ATOMIC_ACQUIRE) != stamp) {
        return std::nullopt;
    }
    Words words{};
    const auto* const from = reinterpret_cast<const std::uint64_t*>(&shared); // NOLINT: another's memory
    for (std::size_t i = 0; i < words.size(); ++i) {
        words.at(i) = __atomic_load_n(from + i, __ATOMIC_RELAXED); // NOLINT
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (__atomic_load_n(&shared.stamp, __ATOMIC_RELAXED) != stamp) {
        return std::nullopt;
    }
    fwlearn_filing filing{};
    std::memcpy(&filing, words.data(), sizeof filing);
    return filing;
}

/// Puts it in front of its chain, or aside where it is not there yet.
void FiledFlows::take(std::uint64_t number) {
    const auto filing = whole(number);
    if (filing) {
        const auto chain = chain_of(filing->key, seed_, ring_.size());
        auto& newest = newest_[chain.number];
        links_[place_of(number)] = {newest, chain.mark};
        newest = static_cast<std::uint32_t>(number);
        return;
    }
    const auto stamp = __atomic_load_n(&ring_[place_of(number)].stamp, __ATOMIC_RELAXED);
    const bool is_gone = static_cast<std::int32_t>(stamp - stamp_of(number, bits_)) > 0;
    if (!is_gone && unfinished_.size() < most_unfinished) {
        unfinished_.push_back(number);
    }
}

void FiledFlows::read_along() {
    const auto end = filed();
    if (end - next_ > ring_.size()) {
        next_ = end - ring_.size(); // the others have made room
    }
    const auto begin = next_;
    next_ = end;
    std::erase_if(unfinished_, [this](std::uint64_t number) { return !is_kept(number); });
    for (auto number = begin; number < end; ++number) {
        take(number);
    }
}

std::optional<fwlearn_filing> FiledFlows::find(const fwlearn_flow_key& key,
                                               std::optional<std::uint64_t> not_after) {
    if (ring_.empty()) {
        return std::nullopt;
    }
    read_along();
    const auto fitting = [&](std::uint64_t number) {
        auto filing = whole(number);
        const bool fits =
            filing && same_key(&filing->key, &key) && (!not_after || filing->use.filed_at <= *not_after);
        return fits ? filing : std::nullopt;
    };
    std::optional<fwlearn_filing> found;
    const auto take_newer = [&found](const fwlearn_filing& filing) {
        if (!found || filing.use.filed_at > found->use.filed_at) {
            found = filing;
        }
    };
    for (const auto number : unfinished_) {
        if (const auto filing = fitting(number)) {
            take_newer(*filing);
        }
    }
    // Each link leads to an older filing. What does not was left by one that has made room, or is the end, as
    // which a chain begins (a filing 0 that is not of this chain has another key).
    const auto chain = chain_of(key, seed_, ring_.size());
    auto link = newest_[chain.number];
    auto newer = next_;
    for (unsigned step = 0; step < longest_walk; ++step) {
        const auto number = next_ - static_cast<std::uint32_t>(static_cast<std::uint32_t>(next_) - link);
        if (number >= newer || !is_kept(number)) {
            break;
        }
        const auto& step_back = links_[place_of(number)];
        if (const auto filing = step_back.mark == chain.mark ? fitting(number) : std::nullopt) {
            take_newer(*filing);
            break;
        }
        newer = number;
        link = step_back.before;
    }
    return found;
}

} // namespace fwlearn::collector::process
