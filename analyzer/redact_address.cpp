#include "redact_address.hpp"

#include "metadata_addresses.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace fwlearn::analyzer {
namespace {

/// Of its addresses the first `kept` bits stay; all where that is all there are.
struct Special {
    model::Address first;
    unsigned length;
    unsigned kept;
};

constexpr unsigned all_bits = 128;

/// IANA's special-purpose registries (RFC 6890), as far as they mean something to a firewall, and the
/// addresses that mean the same everywhere, whole.
const std::vector<Special>& special_prefixes() {
    static const auto made = [] {
        const auto parse = [](const char* text) { return *model::Address::parse(text); };
        std::vector<Special> list{{parse("0.0.0.0"), 8, 8},
                                  {parse("10.0.0.0"), 8, 8},
                                  {parse("100.64.0.0"), 10, 10},
                                  {parse("127.0.0.0"), 8, all_bits},
                                  {parse("169.254.0.0"), 16, 16},
                                  {parse("172.16.0.0"), 12, 12},
                                  {parse("192.168.0.0"), 16, 16},
                                  {parse("224.0.0.0"), 4, 4},
                                  {parse("224.0.0.0"), 24, all_bits},
                                  {parse("240.0.0.0"), 4, 4},
                                  {parse("0.0.0.0"), 32, all_bits},
                                  {parse("255.255.255.255"), 32, all_bits},
                                  {parse("::"), 127, all_bits},
                                  {parse("64:ff9b::"), 96, 96},
                                  {parse("2000::"), 3, 3},
                                  {parse("fc00::"), 7, 7},
                                  {parse("fe80::"), 10, 10},
                                  {parse("ff00::"), 8, 16},
                                  {parse("ff02::"), 16, all_bits}};
        for (const auto& address : metadata_addresses()) {
            list.push_back({address, all_bits, all_bits});
        }
        return list;
    }();
    return made;
}

bool bit(const model::Address& address, unsigned index) {
    return (address.octets()[index / 8] >> (7 - index % 8) & 1U) != 0;
}

/// How many of the first bits they have in common.
unsigned common_bits(const model::Address& one, const model::Address& other) {
    unsigned count = 0;
    while (count < one.bits() && bit(one, count) == bit(other, count)) {
        ++count;
    }
    return count;
}

/// How many bits stay as they are: what is special is not left, and nothing else comes to lie in it. Two
/// subtrees may change places only where no special one is in either, so every bit on the way to one stays.
unsigned kept_bits(const model::Address& address) {
    unsigned kept = 0;
    for (const auto& special : special_prefixes()) {
        if (special.first.family() != address.family()) {
            continue;
        }
        const auto length = std::min(special.length, address.bits());
        const auto common = common_bits(address, special.first);
        kept = std::max(kept, common >= length ? std::min(special.kept, address.bits())
                                               : std::min(common + 1, length));
    }
    return kept;
}

} // namespace

model::Address redact_address(const model::Address& address,
                              const std::function<bool(const std::string& prefix)>& is_turned) {
    std::vector<std::uint8_t> octets(address.octets().begin(), address.octets().end());
    const auto kept = kept_bits(address);
    std::string prefix(1, address.family() == model::Family::ipv4 ? '4' : '6');
    for (unsigned index = 0; index < address.bits(); ++index) {
        if (index >= kept && is_turned(prefix)) {
            octets[index / 8] ^= static_cast<std::uint8_t>(1U << (7 - index % 8));
        }
        prefix += bit(address, index) ? '1' : '0';
    }
    return *model::Address::from_octets(octets);
}

} // namespace fwlearn::analyzer
