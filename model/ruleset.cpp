#include "model/ruleset.hpp"

namespace fwlearn::model {

AddressRange addresses_of(const Address& address, unsigned length) {
    std::vector<std::uint8_t> first(address.octets().begin(), address.octets().end());
    auto last = first;
    constexpr unsigned octet = 8;
    for (unsigned bit = length; bit < address.bits(); ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % octet));
        first[bit / octet] = static_cast<std::uint8_t>(first[bit / octet] & ~mask);
        last[bit / octet] = static_cast<std::uint8_t>(last[bit / octet] | mask);
    }
    return {*Address::from_octets(first), *Address::from_octets(last)};
}

} // namespace fwlearn::model
