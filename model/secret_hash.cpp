#include "model/secret_hash.hpp"

#include <sys/auxv.h>

#include <algorithm>
#include <cstring>

namespace fwlearn::model {
namespace {

/// Drawn by the kernel for this process, and for those that it forks (getauxval(3), AT_RANDOM: 16 octets).
struct Secret {
    std::uint64_t begin = 0, factor = 0;
};

Secret drawn() {
    Secret secret;
    const auto* const random = reinterpret_cast<const void*>(getauxval(AT_RANDOM)); // NOLINT: what it gives
    if (random != nullptr) {
        std::memcpy(&secret, random, sizeof secret);
    }
    secret.factor |= 1U;
    return secret;
}

const Secret& secret() {
    static const Secret of_this_process = drawn();
    return of_this_process;
}

/// Both halves of the product, so that each bit of it depends on all of both.
std::uint64_t folded(std::uint64_t one, std::uint64_t other) {
    __extension__ using Wide = unsigned __int128;
    const auto product = Wide{one} * other;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

/// What is left to do for low bits that are as good as high ones.
std::uint64_t ended(std::uint64_t state) {
    return folded(state, 0x9e3779b97f4a7c15ULL);
}

} // namespace

std::uint64_t secret_hash(std::uint64_t high, std::uint64_t low) noexcept {
    const auto& [begin, factor] = secret();
    return ended(folded(folded(begin ^ high, factor) ^ low, factor));
}

std::uint64_t secret_hash(std::string_view text) noexcept {
    const auto& [begin, factor] = secret();
    std::uint64_t state = begin ^ text.size() * 0xbf58476d1ce4e5b9ULL;
    while (!text.empty()) {
        std::uint64_t word = 0;
        const auto length = std::min(sizeof word, text.size());
        std::memcpy(&word, text.data(), length);
        state = folded(state ^ word, factor);
        text.remove_prefix(length);
    }
    return ended(state);
}

} // namespace fwlearn::model
