#include "rule_id.hpp"

#include <model/vocabulary.hpp>

#include <nettle/sha2.h>

#include <array>

namespace fwlearn::analyzer {

std::string rule_id(const model::Rule& rule) {
    // Every part is preceded by its length or has a form that holds no separator, so that no two differ in
    // meaning and agree in text.
    const auto& unit = rule.selector.unit.raw_bytes();
    std::string text(model::to_word(rule.selector.kind));
    text += ' ' + std::to_string(rule.selector.uid) + ' ' + std::to_string(unit.size()) + ':' + unit;
    text += ' ' + std::to_string(rule.protocol.number);
    for (const auto detail : rule.details) {
        text += ' ' + std::to_string(detail);
    }
    for (const auto& [name, addresses, ttl] : rule.by_name) {
        text += " name " + std::to_string(name.raw_bytes().size()) + ':' + name.raw_bytes();
    }
    if (rule.by_name.empty()) {
        for (const auto& prefix : rule.addresses) {
            text += ' ' + prefix.to_string();
        }
    }
    sha256_ctx context{};
    sha256_init(&context);
    sha256_update(&context, text.size(), reinterpret_cast<const std::uint8_t*>(text.data())); // NOLINT
    std::array<std::uint8_t, 6> digest{};
    sha256_digest(&context, digest.size(), digest.data());
    constexpr std::string_view digits = "0123456789abcdef";
    std::string id;
    for (const auto octet : digest) {
        id += digits[octet >> 4U];
        id += digits[octet & 0x0fU];
    }
    return id;
}

} // namespace fwlearn::analyzer
