// What reading one DNS message may cost. A name in it may be told by pointers to others, and each record may
// tell the same long way anew (RFC 1035 4.1.4), so that without a bound the work grows with the square of the
// octets: whoever answers one question could keep the reader from all other packets. Walks along names, makes
// none. Pure. Used by dns_message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace fwlearn::collector::names {

class DnsBudget {
  public:
    /// Real messages have one pointer a name, or two: what writes them points to a whole name's rest.
    static constexpr std::size_t most_pointers = 16;
    static constexpr std::size_t most_records = 256;
    /// Of all names together as they are unpacked: two names of full length for each of 16 CNAMEs are half.
    static constexpr std::size_t most_octets = 16384;

    /// How many octets the name at `at` takes there, and takes what it has unpacked from the budget. Nothing
    /// where that does not suffice, or where it is none.
    std::optional<std::size_t> name(std::span<const std::uint8_t> message, std::size_t at);

    /// Octets that names were unpacked to, and pointers that were followed for it.
    [[nodiscard]] std::size_t octets() const { return octets_; }
    [[nodiscard]] std::size_t pointers() const { return pointers_; }

  private:
    std::size_t octets_ = 0;
    std::size_t pointers_ = 0;
};

} // namespace fwlearn::collector::names
