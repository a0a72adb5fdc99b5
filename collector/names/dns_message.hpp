// A DNS message (RFC 1035 4) as far as names and addresses go: the question, and what the answer section says
// of hosts. Reads foreign bytes by the resolver library of libc, and gives nothing for what it cannot
// understand; knows nothing of who asked. Called by names and lookup; fuzzed by tests/fuzz.
#pragma once

#include <model/address.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fwlearn::collector::names {

/// Types of questions and records ("DNS Parameters", IANA).
namespace dns_type {
inline constexpr std::uint16_t a = 1;
inline constexpr std::uint16_t cname = 5;
inline constexpr std::uint16_t aaaa = 28;
inline constexpr std::uint16_t svcb = 64; ///< RFC 9460
inline constexpr std::uint16_t https = 65;
} // namespace dns_type

struct DnsQuestion {
    std::string name; ///< as model::host_name() gives it
    std::uint16_t type = 0;
    auto operator<=>(const DnsQuestion&) const = default;
};

/// A record of the answer section, of one of the types above.
struct DnsRecord {
    std::string owner;
    std::uint16_t type = 0;
    std::uint32_t ttl = 0; ///< seconds
    /// Of A and AAAA the one, of SVCB and HTTPS the hints (RFC 9460 7.3).
    std::vector<model::Address> addresses;
    std::string target; ///< of CNAME; of SVCB and HTTPS the target, empty for the owner itself
};

struct DnsMessage {
    std::uint16_t id = 0;
    bool response = false;
    bool truncated = false; ///< TC: asked again over TCP
    std::uint8_t rcode = 0; ///< 0: no error
    DnsQuestion question;
    std::vector<DnsRecord> answers;
};

/// Of a whole message without the length that goes before it over TCP. Nothing for a malformed one, for one
/// that takes more work than there is for one message (dns_budget.hpp), for one that has not exactly one
/// question of class IN, and for a question that is no host's name. Without answers where the question is not
/// about hosts.
std::optional<DnsMessage> decode_dns(std::span<const std::uint8_t> bytes);

/// Each is compared with all before it, and remembered under three keys: as many of a few answers would push
/// out everybody's names. Large pools answer with ten, or with a few dozen.
inline constexpr std::size_t most_addresses = 64;

/// What a response says that a host's name stands for.
struct Resolved {
    std::string name;                      ///< that was asked for
    std::string canonical;                 ///< the last of the chain of CNAMEs; the name itself without one
    std::vector<model::Address> addresses; ///< in the order of the answer, none twice; the first 64
    std::uint32_t ttl = 0;                 ///< seconds: the shortest on the way

    bool operator==(const Resolved&) const = default;
};

/// Follows the chain from the question; records that it does not lead to are left aside. Without addresses
/// where the answer has none, is an error or is truncated. A question for SVCB or HTTPS may begin with labels
/// for port and scheme (RFC 9460 2.3), which are not the host's.
Resolved resolved_by(const DnsMessage& response);

} // namespace fwlearn::collector::names
