// A whitelist as data: rules, each with who, where and why, and what was left out. Made by the analyzer,
// judged by analyzer/verdict, printed by analyzer/render, later loaded by firewall.
// Holds no text of any output format.
#pragma once

#include "model/decisions.hpp"
#include "model/record.hpp"

namespace fwlearn::model {

enum class SelectorKind : std::uint8_t {
    any,    ///< every packet, whoever sends it
    kernel, ///< packets that leave through no user's socket
    uid,    ///< packets of sockets that `uid` created
    unit,   ///< packets of sockets created in the cgroup of `unit`, or below it
};

struct Selector {
    SelectorKind kind = SelectorKind::any;
    std::uint32_t uid = 0; ///< only with SelectorKind::uid
    ForeignText unit;      ///< only with SelectorKind::unit: the systemd unit's name
    /// Only with SelectorKind::unit: its path below the root of the cgroup2 hierarchy, without a slash at
    /// either end: system.slice/cron.service. Of the bytes that systemd.unit(5) allows in a name, and
    /// slashes.
    ForeignText cgroup;
    ForeignText user; ///< a label: the user's name, where `uid` has one
    auto operator<=>(const Selector&) const = default;
};

/// Why somebody should look at a flow before a rule is made for it, though nothing says that it is wrong.
enum class FlagKind : std::uint8_t {
    home,                ///< executable or script in a home directory
    unpackaged,          ///< neither root's nor from a package
    kernel_thread_name,  ///< calls itself as threads of the kernel are called, and is a program
    upgraded,            ///< its executable was replaced while it ran
    shell_below_service, ///< a service's program, which is none, started a shell or an interpreter
    beacon,              ///< at a fixed period, to an address without a name
    one_run,             ///< seen within one hour of the whole record only
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
    bool and_below = false;         ///< `name` is a domain: every name below it, too

    bool operator==(const NamedAddresses&) const = default;
};

/// selectors x (addresses or names) x services, all of one protocol.
struct Rule {
    /// 12 hexadecimal digits that depend on selectors, protocol, services and addresses (or names) alone
    std::string id;
    ForeignText title;               ///< what a decision calls it; else empty
    ForeignText comment;             ///< what a decision says of it; else empty
    std::vector<Selector> selectors; ///< any one of them; ascending, none twice, at least one
    Protocol protocol;
    /// Ports, or ICMP type << 8 | code; just 0 for other protocols. Ascending, disjoint; a range is one only
    /// where somebody asked for it (--widen port, a decision).
    std::vector<DetailRange> details;
    std::vector<Prefix> addresses;  ///< ascending, disjoint; may hold both families
    std::vector<ForeignText> names; ///< that the addresses were reached by; ascending
    /// Not empty: the rule is by name. It admits what these names stand for, today and later; `names` are
    /// theirs and `addresses` what they have stood for. Ascending.
    std::vector<NamedAddresses> by_name;
    std::vector<ConfiguredKind> purposes; ///< what settings of the host say that it is for; ascending
    std::vector<Process> processes;       ///< ascending, none twice
    std::vector<Task> tasks;              ///< ascending, none twice
    Evidence evidence;
    /// (address, service) pairs that it admits to each of its selectors, saturating; by name: so far.
    std::uint64_t exposure = 0;
    std::uint64_t beyond = 0; ///< of these, the pairs that none of the flows asked for, saturating
    /// What else its selectors admit: the tasks that were seen behind them in other rules, and so may use
    /// this one too. Ascending, none twice.
    std::vector<Task> other_tasks;
    std::vector<FlagKind> flags;       ///< why somebody should look at it first; ascending, none twice
    std::vector<std::string> warnings; ///< fwlearn's own words, printable ASCII; of flags as well

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
    /// Whether that was long enough, and what was not seen: a statement each, printable ASCII. Empty: nobody
    /// asked.
    std::vector<std::string> summary;

    bool operator==(const Coverage&) const = default;
};

/// Many names of one domain, which could be one rule.
struct WildcardProposal {
    std::vector<Selector> selectors;
    Protocol protocol;
    std::vector<DetailRange> details;
    ForeignText domain; ///< the registrable one: all below it is one owner's
    std::vector<ForeignText> names;
    std::vector<std::string> rules; ///< ids of those that it would take the place of

    bool operator==(const WildcardProposal&) const = default;
};

/// Observed flows that another firewall of this host does not let out, whatever the whitelist says.
struct ExistingDenial {
    ForeignText by; ///< which rule of it, in words for people
    Task task;
    ForeignText program; ///< executable, or short name
    Destination destination;
    std::uint64_t flows = 0;

    bool operator==(const ExistingDenial&) const = default;
};
struct ExistingDenials {
    std::vector<ExistingDenial> denied; ///< the most flows first, then by content
    std::uint64_t cannot_tell = 0;      ///< flows that meet rules which are not understood

    bool operator==(const ExistingDenials&) const = default;
};

struct Whitelist {
    Coverage coverage;
    std::optional<ExistingDenials> existing; ///< absent: no other firewall was looked at
    Identities identities;                   ///< what the flows in left_out refer to
    std::vector<Rule> rules;                 ///< in the order in which they are printed
    std::vector<LeftOut> left_out;
    std::vector<Configured> not_seen; ///< what settings name, and no rule admits; ascending
    std::vector<WildcardProposal> wildcards;
    std::vector<Decision> unmatched; ///< decisions that no flow or rule is concerned by any more
};

} // namespace fwlearn::model
