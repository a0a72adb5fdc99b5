#include "passing_flows.hpp"

#include <algorithm>

namespace fwlearn::collector {

PassingFlows::Place PassingFlows::place_of(const Tuple& tuple) {
    // The hash of tables is good enough for them; here two of its bits must not depend on each other.
    std::uint64_t mixed = std::hash<Tuple>{}(tuple);
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
    mixed ^= mixed >> 31U;
    const auto fingerprint = static_cast<std::uint32_t>(mixed >> 32U);
    return {static_cast<std::size_t>(mixed % buckets) * in_bucket, fingerprint == 0 ? 1 : fingerprint};
}

bool PassingFlows::add(const Tuple& tuple) {
    if (slots_.empty()) {
        slots_.resize(buckets * in_bucket);
    }
    const auto [bucket, fingerprint] = place_of(tuple);
    const auto begin = slots_.begin() + static_cast<std::ptrdiff_t>(bucket);
    const auto end = begin + static_cast<std::ptrdiff_t>(in_bucket);
    if (std::find(begin, end, fingerprint) != end) {
        return false;
    }
    std::rotate(begin, end - 1, end);
    *begin = fingerprint;
    return true;
}

bool PassingFlows::contains(const Tuple& tuple) const {
    if (slots_.empty()) {
        return false;
    }
    const auto [bucket, fingerprint] = place_of(tuple);
    const auto begin = slots_.begin() + static_cast<std::ptrdiff_t>(bucket);
    const auto end = begin + static_cast<std::ptrdiff_t>(in_bucket);
    return std::find(begin, end, fingerprint) != end;
}

bool PassingFlows::remove(const Tuple& tuple) {
    if (slots_.empty()) {
        return false;
    }
    const auto [bucket, fingerprint] = place_of(tuple);
    const auto begin = slots_.begin() + static_cast<std::ptrdiff_t>(bucket);
    const auto end = begin + static_cast<std::ptrdiff_t>(in_bucket);
    const auto found = std::find(begin, end, fingerprint);
    if (found == end) {
        return false;
    }
    std::rotate(found, found + 1, end);
    *(end - 1) = 0;
    return true;
}

} // namespace fwlearn::collector
