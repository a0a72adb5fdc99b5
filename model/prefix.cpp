#include "model/prefix.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace fwlearn::model {
namespace {

Address masked(const Address& address, unsigned length) {
    if (length == address.bits()) { // as of most prefixes
        return address;
    }
    std::array<std::uint8_t, 16> octets{};
    const auto source = address.octets();
    std::copy(source.begin(), source.end(), octets.begin());
    for (unsigned index = 0; index < source.size(); ++index) {
        const unsigned kept = length > index * 8 ? std::min(8U, length - index * 8) : 0U;
        octets[index] = static_cast<std::uint8_t>(octets[index] & (0xff00U >> kept));
    }
    return *Address::from_octets(std::span(octets).first(source.size()));
}

} // namespace

Prefix::Prefix(const Address& address, unsigned length)
    : address_(masked(address, std::min(length, address.bits()))), length_(std::min(length, address.bits())) {
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = Address::parse(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    if (slash == std::string_view::npos) {
        return Prefix(*address);
    }
    const auto digits = text.substr(slash + 1);
    unsigned length = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, length);
    if (error != std::errc{} || stopped != end || length > address->bits()) {
        return std::nullopt;
    }
    Prefix prefix(*address, length);
    if (prefix.address_ != *address) {
        return std::nullopt;
    }
    return prefix;
}

bool Prefix::contains(const Address& address) const {
    return address.family() == address_.family() && masked(address, length_) == address_;
}

std::uint64_t Prefix::size() const {
    const unsigned free_bits = address_.bits() - length_;
    return free_bits >= 64 ? std::numeric_limits<std::uint64_t>::max() : std::uint64_t{1} << free_bits;
}

std::string Prefix::to_string() const {
    return is_single() ? address_.to_string() : address_.to_string() + "/" + std::to_string(length_);
}

} // namespace fwlearn::model
