// A whitelist as data: rules, each with who, where and why, and what was left out. Made by the analyzer,
// judged by analyzer/verdict, printed by analyzer/render, later loaded by firewall.
// Holds no text of any output format.
#pragma once

#include "model/prefix.hpp"
#include "model/record.hpp"

namespace fwlearn::model {

enum class SelectorKind : std::uint8_t {
    any,    ///< every packet, whoever sends it
    kernel, ///< packets that leave through no user's socket
    uid,    ///< packets of sockets that `uid` created
    unit,   ///< packets of sockets created in the cgroup of `unit`
};

struct Selector {
    SelectorKind kind = SelectorKind::any;
    std::uint32_t uid = 0; ///< only with SelectorKind::uid
    ForeignText unit;      ///< only with SelectorKind::unit
    auto operator<=>(const Selector&) const = default;
};

/// What earned a rule its place.
struct Evidence {
    std::uint64_t flows = 0;
    std::uint64_t answered = 0;
    std::uint64_t refused = 0;
    std::uint64_t unanswered = 0;
    std::uint64_t days = 0; ///< distinct days (UTC) on which such a flow began
    Timestamp first_seen{};
    Timestamp last_seen{};

    bool operator==(const Evidence&) const = default;
};

/// What a name has stood for, as far as the record shows.
struct NamedAddresses {
    ForeignText name;               ///< as host_name() gives it
    std::vector<Address> addresses; ///< ascending
    std::uint32_t ttl = 0;          ///< seconds: the longest that an answer was to be kept

    bool operator==(const NamedAddresses&) const = default;
};

/// selector x (addresses or names) x services, all of one protocol.
struct Rule {
    /// 12 hexadecimal digits that depend on selector, protocol, services and addresses (or names) alone
    std::string id;
    Selector selector;
    ForeignText user; ///< the selector's user by name, where it has one
    Protocol protocol;
    /// Service::detail values, ascending: ports, or ICMP type << 8 | code; just {0} for other protocols.
    std::vector<std::uint16_t> details;
    std::vector<Prefix> addresses;  ///< ascending, disjoint; may hold both families
    std::vector<ForeignText> names; ///< that the addresses were reached by; ascending
    /// Not empty: the rule is by name. It admits what these names stand for, today and later; `names` are
    /// theirs and `addresses` what they have stood for. Ascending.
    std::vector<NamedAddresses> by_name;
    std::vector<ConfiguredKind> purposes; ///< what settings of the host say that it is for; ascending
    std::vector<Process> processes;       ///< ascending, none twice
    std::vector<Task> tasks;              ///< ascending, none twice
    Evidence evidence;
    std::uint64_t exposure = 0; ///< (address, service) pairs that it admits, saturating; by name: so far
    std::vector<std::string> warnings; ///< fwlearn's own words, printable ASCII

    bool operator==(const Rule&) const = default;
};

/// An observed flow that no rule admits, or that needs none, and why.
struct LeftOut {
    Flow flow;
    std::string reason; ///< fwlearn's own words, printable ASCII

    bool operator==(const LeftOut&) const = default;
};

/// What is said at the head of everything that is printed (invariant "honest").
struct Coverage {
    std::optional<Timestamp> since;
    std::optional<Timestamp> until;
    std::vector<CaptureGap> gaps;
    std::uint64_t flows = 0;         ///< observed, all told
    std::uint64_t unattributed = 0;  ///< of these, with attribution unknown
    std::uint64_t without_owner = 0; ///< of these, with nobody known to have sent them
    std::uint64_t overflowed = 0;    ///< of these, folded into an overflow row

    bool operator==(const Coverage&) const = default;
};

/// Many names of one domain, which could be one rule.
struct WildcardProposal {
    Selector selector;
    ForeignText user;
    Protocol protocol;
    std::vector<std::uint16_t> details;
    ForeignText domain; ///< the registrable one: all below it is one owner's
    std::vector<ForeignText> names;
    std::vector<std::string> rules; ///< ids of those that it would take the place of

    bool operator==(const WildcardProposal&) const = default;
};

struct Whitelist {
    Coverage coverage;
    Identities identities;   ///< what the flows in left_out refer to
    std::vector<Rule> rules; ///< in the order in which they are printed
    std::vector<LeftOut> left_out;
    std::vector<Configured> not_seen; ///< what settings name, and no rule admits; ascending
    std::vector<WildcardProposal> wildcards;
};

} // namespace fwlearn::model
