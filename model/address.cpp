#include "model/address.hpp"

#include "model/secret_hash.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace fwlearn::model {

Address Address::v4(std::uint32_t host_order) {
    Address address;
    address.octets_[0] = static_cast<std::uint8_t>(host_order >> 24U);
    address.octets_[1] = static_cast<std::uint8_t>(host_order >> 16U);
    address.octets_[2] = static_cast<std::uint8_t>(host_order >> 8U);
    address.octets_[3] = static_cast<std::uint8_t>(host_order);
    return address;
}

std::optional<Address> Address::parse(std::string_view text) {
    // inet_pton wants a terminated string; a NUL inside must not end the text early.
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    const std::string terminated(text);
    Address address;
    if (inet_pton(AF_INET, terminated.c_str(), address.octets_.data()) == 1) {
        return address;
    }
    address.octets_.fill(0);
    if (inet_pton(AF_INET6, terminated.c_str(), address.octets_.data()) == 1) {
        address.family_ = Family::ipv6;
        return address;
    }
    return std::nullopt;
}

bool Address::is_loopback() const {
    if (family_ == Family::ipv4) {
        return octets_[0] == 127;
    }
    return std::all_of(octets_.begin(), octets_.end() - 1, [](auto octet) { return octet == 0; }) &&
           octets_[15] == 1;
}

bool Address::is_multicast() const {
    return family_ == Family::ipv4 ? (octets_[0] & 0xf0U) == 0xe0U : octets_[0] == 0xffU;
}

Address Address::unmapped() const {
    if (family_ == Family::ipv4) {
        return *this;
    }
    const bool zeros =
        std::all_of(octets_.begin(), octets_.begin() + 10, [](auto octet) { return octet == 0; });
    if (!zeros || octets_[10] != 0xff || octets_[11] != 0xff) {
        return *this;
    }
    return v4(std::span<const std::uint8_t, 16>(octets_).last<4>());
}

std::string Address::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (family_ == Family::ipv4) { // inet_ntop's printf takes five times as long, and there can be millions
        auto* end = text.data();
        for (std::size_t octet = 0; octet < 4; ++octet) {
            if (octet > 0) {
                *end++ = '.';
            }
            end = std::to_chars(end, text.data() + text.size(), octets_.at(octet)).ptr;
        }
        return {text.data(), end};
    }
    inet_ntop(AF_INET6, octets_.data(), text.data(), static_cast<socklen_t>(text.size()));
    return text.data();
}

} // namespace fwlearn::model

std::size_t
std::hash<fwlearn::model::Address>::operator()(const fwlearn::model::Address& address) const noexcept {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    const auto octets = address.octets();
    std::memcpy(&high, octets.data(), octets.size() == 16 ? 8 : 4);
    if (octets.size() == 16) {
        std::memcpy(&low, octets.data() + 8, 8);
    }
    return static_cast<std::size_t>(fwlearn::model::secret_hash(high, low));
}
