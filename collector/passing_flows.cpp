#include "passing_flows.hpp"

#include <algorithm>

namespace fwlearn::collector {
namespace {

/// What is in it stands at its beginning.
std::size_t taken(std::span<const std::uint32_t> bucket) {
    return static_cast<std::size_t>(std::ranges::find(bucket, 0U) - bucket.begin());
}

} // namespace

PassingFlows::Place PassingFlows::place_of(const Tuple& tuple) {
    // The hash of tables is good enough for them; here none of its bits may depend on another.
    std::uint64_t mixed = std::hash<Tuple>{}(tuple);
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
    mixed ^= mixed >> 31U;
    const auto fingerprint = static_cast<std::uint32_t>(mixed >> 32U);
    const auto other = (mixed * 0x9e3779b97f4a7c15ULL) >> 32U;
    return {static_cast<std::size_t>(mixed % buckets), static_cast<std::size_t>(other % buckets),
            fingerprint == 0 ? 1 : fingerprint};
}

PassingFlows::Bucket PassingFlows::bucket(std::size_t number) {
    return std::span(slots_).subspan(number * in_bucket).first<in_bucket>();
}

std::uint32_t* PassingFlows::find(Bucket bucket, std::uint32_t fingerprint) {
    const auto found = std::ranges::find(bucket, fingerprint);
    return found == bucket.end() ? nullptr : &*found;
}

bool PassingFlows::add(const Tuple& tuple) {
    if (slots_.empty()) {
        slots_.resize(buckets * in_bucket);
    }
    const auto [first, second, fingerprint] = place_of(tuple);
    if (find(bucket(first), fingerprint) != nullptr || find(bucket(second), fingerprint) != nullptr) {
        return false;
    }
    const auto to = bucket(taken(bucket(second)) < taken(bucket(first)) ? second : first);
    std::rotate(to.begin(), to.end() - 1, to.end());
    to.front() = fingerprint;
    return true;
}

bool PassingFlows::contains(const Tuple& tuple) {
    if (slots_.empty()) {
        return false;
    }
    const auto [first, second, fingerprint] = place_of(tuple);
    return find(bucket(first), fingerprint) != nullptr || find(bucket(second), fingerprint) != nullptr;
}

bool PassingFlows::remove(const Tuple& tuple) {
    if (slots_.empty()) {
        return false;
    }
    const auto [first, second, fingerprint] = place_of(tuple);
    for (const auto number : {first, second}) {
        const auto from = bucket(number);
        if (auto* const found = find(from, fingerprint)) {
            std::copy(found + 1, from.data() + from.size(), found); // NOLINT: within the bucket
            from.back() = 0;
            return true;
        }
    }
    return false;
}

} // namespace fwlearn::collector
