// An IPv4 or IPv6 address as a value that can be compared, sorted, hashed and printed.
// Knows nothing of interfaces, ports or names. Used by every room.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fwlearn::model {

enum class Family : std::uint8_t { ipv4 = 4, ipv6 = 6 };

class Address {
  public:
    /// 0.0.0.0
    Address() = default;

    /// From the four octets in host order: 0x7f000001 is 127.0.0.1.
    static Address v4(std::uint32_t host_order);
    /// From network order octets, as they are in a packet.
    static Address v4(std::span<const std::uint8_t, 4> octets) {
        Address address;
        std::memcpy(address.octets_.data(), octets.data(), octets.size());
        return address;
    }
    static Address v6(std::span<const std::uint8_t, 16> octets) {
        Address address;
        address.family_ = Family::ipv6;
        std::memcpy(address.octets_.data(), octets.data(), octets.size());
        return address;
    }
    /// 4 octets are IPv4, 16 are IPv6, anything else is nothing.
    static std::optional<Address> from_octets(std::span<const std::uint8_t> octets) {
        if (octets.size() == 4) {
            return v4(octets.first<4>());
        }
        if (octets.size() == 16) {
            return v6(octets.first<16>());
        }
        return std::nullopt;
    }
    /// The textual forms of inet_pton(3); no zone index, no surrounding blanks.
    static std::optional<Address> parse(std::string_view text);

    [[nodiscard]] Family family() const { return family_; }
    /// Network order; 4 or 16 octets.
    [[nodiscard]] std::span<const std::uint8_t> octets() const {
        return {octets_.data(), family_ == Family::ipv4 ? std::size_t{4} : std::size_t{16}};
    }
    /// 32 or 128.
    [[nodiscard]] unsigned bits() const { return family_ == Family::ipv4 ? 32U : 128U; }

    [[nodiscard]] bool is_loopback() const;  ///< 127.0.0.0/8 (RFC 1122) or ::1
    [[nodiscard]] bool is_multicast() const; ///< 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291)
    /// ::ffff:a.b.c.d (RFC 4291, 2.5.5.2) as a.b.c.d; every other address as it is.
    [[nodiscard]] Address unmapped() const;

    /// RFC 5952 for IPv6, dotted quad for IPv4.
    [[nodiscard]] std::string to_string() const;

    bool operator==(const Address&) const = default;
    /// IPv4 before IPv6, then by octets; in two steps, since they are compared by the million and a call of
    /// memcmp for each would take longer than all else.
    std::strong_ordering operator<=>(const Address& other) const {
        if (family_ != other.family_) {
            return family_ <=> other.family_;
        }
        const auto first = number_at(0);
        const auto its_first = other.number_at(0);
        return first != its_first ? first <=> its_first : number_at(8) <=> other.number_at(8);
    }

  private:
    /// Eight octets, the first one highest: one load and one instruction that turns it round.
    [[nodiscard]] std::uint64_t number_at(std::size_t begin) const {
        std::uint64_t number = 0;
        std::memcpy(&number, octets_.data() + begin, sizeof number);
        return std::endian::native == std::endian::little ? __builtin_bswap64(number) : number;
    }

    Family family_ = Family::ipv4;
    std::array<std::uint8_t, 16> octets_{};
};

} // namespace fwlearn::model

template <>
struct std::hash<fwlearn::model::Address> {
    std::size_t operator()(const fwlearn::model::Address& address) const noexcept;
};
