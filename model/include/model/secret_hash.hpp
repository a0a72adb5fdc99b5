// Hashes that nobody outside of this process can foresee. Strangers choose addresses and names: who could
// choose thousands of one hash would make a table of them slow, and one by robin hood's rule grow without
// end. Another value in each process: nothing that is stored or printed may depend on it.
// Knows nothing of tables. Used by std::hash of model's types, and by who keeps tables of strings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fwlearn::model {

std::uint64_t secret_hash(std::uint64_t high, std::uint64_t low) noexcept;
std::uint64_t secret_hash(std::string_view text) noexcept;

/// For tables by std::string.
struct SecretHash {
    std::size_t operator()(std::string_view text) const noexcept {
        return static_cast<std::size_t>(secret_hash(text));
    }
};

} // namespace fwlearn::model
