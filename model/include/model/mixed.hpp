// Numbers mixed into one, for hashes in this process's own tables. Anybody can foresee it: what strangers
// choose goes through secret_hash first. Nothing that is stored or printed may depend on it. Knows nothing of
// tables.
#pragma once

#include <cstdint>

namespace fwlearn::model {

/// Of several: the first into 0 or into another hash, and each next one into what came out.
constexpr std::uint64_t mixed(std::uint64_t into, std::uint64_t number) noexcept {
    const auto product = (into ^ number) * 0x9e3779b97f4a7c15ULL;
    return product ^ product >> 32U;
}

} // namespace fwlearn::model
