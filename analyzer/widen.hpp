// What may be admitted beyond what was seen, so that there is less to read: subnets of which more than half
// was seen, domains of which many names were, all unprivileged ports where many were. The bounds are in
// docs/whitelist.md. Each works on the wishes of one selector and protocol, and leaves as they are those that
// it does not concern. Private to this room; called by wishes.
#pragma once

#include "wishes.hpp"

namespace fwlearn::analyzer {

/// The prefixes, disjoint and ascending, in which these addresses (ascending, none twice) lie. IPv4: the
/// widest of at most 256 addresses, at least four of them seen and more than half of all. IPv6: /64 from four
/// on.
std::vector<model::Prefix> subnets_of(std::span<const model::Address> addresses);

void widen_to_subnets(std::span<Wish> wishes);
void widen_to_ports(std::span<Wish> wishes);
/// `known` is what the wishes' names refer to; domains are put behind it.
void widen_to_domains(std::span<Wish> wishes, std::vector<model::NamedAddresses>& known);

} // namespace fwlearn::analyzer
