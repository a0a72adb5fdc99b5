#include "dns_budget.hpp"

namespace fwlearn::collector::names {

std::optional<std::size_t> DnsBudget::name(std::span<const std::uint8_t> message, std::size_t at) {
    constexpr std::size_t longest = 255; // RFC 1035 2.3.4
    constexpr unsigned kind = 0xc0;      // RFC 1035 4.1.4: the highest two bits of a length
    const std::size_t begin = at;
    std::optional<std::size_t> taken; // known with the first pointer
    std::size_t followed = 0;
    std::size_t length = 0;
    while (at < message.size()) {
        const std::size_t octet = message[at];
        if ((octet & kind) == kind) {
            if (at + 1 >= message.size() || ++followed > most_pointers) {
                return std::nullopt;
            }
            ++pointers_;
            taken = taken.value_or(at + 2 - begin);
            at = (octet & ~std::size_t{kind}) << 8U | message[at + 1];
            continue;
        }
        length += octet + 1;
        if ((octet & kind) != 0 || length > longest || octets_ + octet + 1 > most_octets) {
            return std::nullopt;
        }
        octets_ += octet + 1;
        if (octet == 0) {
            return taken.value_or(at + 1 - begin);
        }
        at += octet + 1;
    }
    return std::nullopt;
}

} // namespace fwlearn::collector::names
