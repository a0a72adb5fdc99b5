#include "firewall/fingerprint.hpp"

#include <nettle/sha2.h>

#include <array>
#include <cstdint>

namespace fwlearn::firewall {

std::string fingerprint(std::string_view content) {
    sha256_ctx context{};
    sha256_init(&context);
    sha256_update(&context, content.size(), reinterpret_cast<const std::uint8_t*>(content.data())); // NOLINT
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> octets{};
    sha256_digest(&context, octets.size(), octets.data());
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto octet : octets) {
        text += digits[octet >> 4U];
        text += digits[octet & 15U];
    }
    return text;
}

} // namespace fwlearn::firewall
