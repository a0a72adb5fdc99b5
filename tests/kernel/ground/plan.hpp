// Which flows a test makes: who, where to, and what will become of each.
// Opens no socket. Used by traffic, raw_packets and the kernel tests.
#pragma once

#include <model/process.hpp>
#include <model/service.hpp>

#include <string>
#include <vector>

namespace fwlearn::kernel_test {

enum class Outcome : std::uint8_t { answered, refused, unanswered };

struct PlannedFlow {
    model::SocketOwner owner;
    model::Destination destination;
    Outcome outcome = Outcome::answered;

    auto operator<=>(const PlannedFlow&) const = default;
};

std::string to_string(const PlannedFlow& flow);

/// Root and four users that no passwd knows.
std::vector<model::SocketOwner> owners();
/// `count` flows, no two alike, in an even mix of everything that the ground can send: TCP, UDP and ICMP,
/// SCTP, GRE and an experimental protocol, multicast, of every outcome, IPv4 and IPv6, by each of owners().
std::vector<PlannedFlow> mixed_plan(std::size_t count);
/// `count` answered TCP connections, none of which is in a mixed_plan.
std::vector<PlannedFlow> connection_plan(std::size_t count);

} // namespace fwlearn::kernel_test
