// Numbers as they are in messages, the highest octet first, in one load or store each. Knows nothing of
// messages. Used where they are read by the million.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace fwlearn::collector {

/// To network order, or back.
template <std::unsigned_integral Number>
Number network_order(Number number) {
    if constexpr (std::endian::native == std::endian::big || sizeof number == 1) {
        return number;
    } else if constexpr (sizeof number == 2) {
        return __builtin_bswap16(number);
    } else if constexpr (sizeof number == 4) {
        return __builtin_bswap32(number);
    } else {
        return __builtin_bswap64(number);
    }
}

template <std::unsigned_integral Number>
Number read_number(std::span<const std::uint8_t, sizeof(Number)> octets) {
    Number number = 0;
    std::memcpy(&number, octets.data(), sizeof number);
    return network_order(number);
}

/// All of its octets must be there.
template <std::unsigned_integral Number>
Number read_number(std::span<const std::uint8_t> octets, std::size_t offset) {
    return read_number<Number>(octets.subspan(offset).template first<sizeof(Number)>());
}

} // namespace fwlearn::collector
