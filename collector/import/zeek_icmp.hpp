// What Zeek writes of an ICMP exchange, as a service.
// Called by zeek_conn alone.
#pragma once

#include <model/service.hpp>

#include <optional>

namespace fwlearn::import {

/// Nothing for what does not begin an exchange: errors, answers, neighbour discovery. These are the types
/// that conntrack takes for new ones (Linux, nf_conntrack_icmp_packet and nf_conntrack_icmpv6_packet:
/// valid_new), so that an imported record holds what an observed one would.
///
/// Zeek has the type in the place of the originator's port; in the place of the responder's it has the code
/// only of one-way messages, and the type of the answer for these (ICMP4_counterpart, ICMP6_counterpart in
/// its source). Their code is 0 in every RFC that defines them.
std::optional<model::Service> icmp_request(model::Protocol protocol, std::uint8_t type);

} // namespace fwlearn::import
