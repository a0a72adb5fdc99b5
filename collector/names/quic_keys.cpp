#include "quic_keys.hpp"

#include <nettle/aes.h>
#include <nettle/gcm.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace fwlearn::collector::names {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t tag_octets = GCM_DIGEST_SIZE;
constexpr std::size_t sample_octets = AES_BLOCK_SIZE;
/// RFC 9001 5.4.2: the sample is taken as if the packet number had four octets.
constexpr std::size_t longest_number = 4;

constexpr std::array<std::uint8_t, 20> salt_1{0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                              0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
constexpr std::array<std::uint8_t, 20> salt_2{0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
                                              0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9};

/// HKDF-Expand-Label of TLS 1.3 (RFC 8446 7.1) without a context.
template <std::size_t Size>
std::array<std::uint8_t, Size> expand_label(Bytes secret, std::string_view label) {
    const auto full = "tls13 " + std::string(label);
    std::vector<std::uint8_t> info{0, static_cast<std::uint8_t>(Size),
                                   static_cast<std::uint8_t>(full.size())};
    info.insert(info.end(), full.begin(), full.end());
    info.push_back(0);
    hmac_sha256_ctx context{};
    hmac_sha256_set_key(&context, secret.size(), secret.data());
    std::array<std::uint8_t, Size> result{};
    // NOLINTNEXTLINE: nettle's generic functions take the context as void*
    hkdf_expand(&context, reinterpret_cast<nettle_hash_update_func*>(hmac_sha256_update),
                reinterpret_cast<nettle_hash_digest_func*>(hmac_sha256_digest), SHA256_DIGEST_SIZE, // NOLINT
                info.size(), info.data(), result.size(), result.data());
    return result;
}

std::array<std::uint8_t, AES_BLOCK_SIZE> mask_of(const QuicKeys& keys, Bytes sample) {
    aes128_ctx context{};
    aes128_set_encrypt_key(&context, keys.header.data());
    std::array<std::uint8_t, AES_BLOCK_SIZE> mask{};
    aes128_encrypt(&context, mask.size(), mask.data(), sample.data());
    return mask;
}

/// RFC 9001 5.3: the packet number, left-padded, over the IV.
std::array<std::uint8_t, 12> nonce_of(const QuicKeys& keys, Bytes number) {
    auto nonce = keys.iv;
    for (std::size_t index = 0; index < number.size(); ++index) {
        nonce[nonce.size() - number.size() + index] ^= number[index];
    }
    return nonce;
}

constexpr std::uint8_t long_header_mask = 0x0f; // RFC 9001 5.4.1
std::size_t number_length(std::uint8_t first) {
    return (first & 0x03U) + std::size_t{1};
}

} // namespace

QuicKeys client_initial_keys(std::uint32_t version, Bytes connection_id) {
    const bool second = version == quic_version_2;
    const auto& salt = second ? salt_2 : salt_1;
    hmac_sha256_ctx context{};
    hmac_sha256_set_key(&context, salt.size(), salt.data());
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> initial{};
    // NOLINTNEXTLINE: as above
    hkdf_extract(&context, reinterpret_cast<nettle_hash_update_func*>(hmac_sha256_update),
                 reinterpret_cast<nettle_hash_digest_func*>(hmac_sha256_digest), initial.size(), // NOLINT
                 connection_id.size(), connection_id.data(), initial.data());
    const auto secret = expand_label<SHA256_DIGEST_SIZE>(initial, "client in");
    return {expand_label<16>(secret, second ? "quicv2 key" : "quic key"),
            expand_label<12>(secret, second ? "quicv2 iv" : "quic iv"),
            expand_label<16>(secret, second ? "quicv2 hp" : "quic hp")};
}

std::optional<std::vector<std::uint8_t>> open_initial(const QuicKeys& keys, Bytes packet,
                                                      std::size_t number_at) {
    if (packet.empty() || packet.size() < number_at + longest_number + sample_octets) {
        return std::nullopt;
    }
    const auto mask = mask_of(keys, packet.subspan(number_at + longest_number, sample_octets));
    const auto first = static_cast<std::uint8_t>(packet[0] ^ (mask[0] & long_header_mask));
    const auto length = number_length(first);
    std::vector<std::uint8_t> header(packet.begin(),
                                     packet.begin() + static_cast<std::ptrdiff_t>(number_at + length));
    header[0] = first;
    for (std::size_t index = 0; index < length; ++index) {
        header[number_at + index] ^= mask[1 + index];
    }
    const auto sealed = packet.subspan(number_at + length);
    if (sealed.size() < tag_octets) {
        return std::nullopt;
    }
    const auto nonce = nonce_of(keys, Bytes(header).subspan(number_at, length));
    gcm_aes128_ctx context{};
    gcm_aes128_set_key(&context, keys.key.data());
    gcm_aes128_set_iv(&context, nonce.size(), nonce.data());
    gcm_aes128_update(&context, header.size(), header.data());
    std::vector<std::uint8_t> payload(sealed.size() - tag_octets);
    gcm_aes128_decrypt(&context, payload.size(), payload.data(), sealed.data());
    std::array<std::uint8_t, tag_octets> tag{};
    gcm_aes128_digest(&context, tag.size(), tag.data());
    if (!std::equal(tag.begin(), tag.end(), sealed.end() - static_cast<std::ptrdiff_t>(tag_octets))) {
        return std::nullopt;
    }
    return payload;
}

std::vector<std::uint8_t> seal_initial(const QuicKeys& keys, Bytes header, Bytes payload) {
    const auto length = number_length(header[0]);
    const auto number_at = header.size() - length;
    const auto nonce = nonce_of(keys, header.subspan(number_at));
    gcm_aes128_ctx context{};
    gcm_aes128_set_key(&context, keys.key.data());
    gcm_aes128_set_iv(&context, nonce.size(), nonce.data());
    gcm_aes128_update(&context, header.size(), header.data());
    std::vector<std::uint8_t> packet(header.begin(), header.end());
    packet.resize(header.size() + payload.size() + tag_octets);
    gcm_aes128_encrypt(&context, payload.size(), packet.data() + header.size(), payload.data());
    gcm_aes128_digest(&context, tag_octets, packet.data() + header.size() + payload.size());
    if (packet.size() < number_at + longest_number + sample_octets) {
        return packet; // too short to be sampled: nobody can open it either
    }
    const auto mask = mask_of(keys, Bytes(packet).subspan(number_at + longest_number, sample_octets));
    packet[0] ^= static_cast<std::uint8_t>(mask[0] & long_header_mask);
    for (std::size_t index = 0; index < length; ++index) {
        packet[number_at + index] ^= mask[1 + index];
    }
    return packet;
}

} // namespace fwlearn::collector::names
