#include "digest.hpp"

#include <nettle/sha2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace fwlearn::analyzer {

std::string digest(const std::string& content, std::size_t octets) {
    sha256_ctx context{};
    sha256_init(&context);
    sha256_update(&context, content.size(),
                  reinterpret_cast<const std::uint8_t*>(content.data())); // NOLINT
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> whole{};
    sha256_digest(&context, whole.size(), whole.data());
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t index = 0; index < std::min(octets, whole.size()); ++index) {
        text += digits[whole.at(index) >> 4U];
        text += digits[whole.at(index) & 0x0fU];
    }
    return text;
}

} // namespace fwlearn::analyzer
