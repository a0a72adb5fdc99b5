// A CIDR prefix (RFC 4632, RFC 4291): an address and how many of its leading bits count.
// Knows nothing of rules. Made by the analyzer, read by every renderer.
#pragma once

#include "model/address.hpp"

namespace fwlearn::model {

class Prefix {
  public:
    /// The single address: /32 or /128.
    explicit Prefix(const Address& address) : Prefix(address, address.bits()) {}
    /// Bits beyond `length` are cleared; a length beyond the family's is cut to it.
    Prefix(const Address& address, unsigned length);

    /// "192.0.2.0/24", or an address alone; bits set beyond the length are no prefix.
    static std::optional<Prefix> parse(std::string_view text);

    [[nodiscard]] const Address& address() const { return address_; }
    [[nodiscard]] unsigned length() const { return length_; }
    [[nodiscard]] bool is_single() const { return length_ == address_.bits(); }
    [[nodiscard]] bool contains(const Address& address) const;
    /// Number of addresses, saturating at 2^64 - 1.
    [[nodiscard]] std::uint64_t size() const;

    /// The address alone when it is a single one, else with its length.
    [[nodiscard]] std::string to_string() const;

    /// By address, the wider first.
    auto operator<=>(const Prefix&) const = default;

  private:
    Address address_;
    unsigned length_;
};

} // namespace fwlearn::model
