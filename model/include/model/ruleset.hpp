// A packet filter that is there already, as data: what of it decides the fate of the first packet of a flow
// that this host sends. Whatever of it is not understood is kept as such, and never guessed. Read by firewall
// (from nft and iptables-save), judged by analyzer.
#pragma once

#include "model/address.hpp"
#include "model/foreign_text.hpp"

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace fwlearn::model {

/// What of a packet a match looks at. A packet that has no such thing matches neither the match nor its
/// negation.
struct PacketField {
    enum class What : std::uint8_t {
        unknown,         ///< nothing that is known here, like a mark or a source address
        family,          ///< 4 or 6
        protocol,        ///< IANA's number
        uid,             ///< of the socket's creator
        gid,             ///< the same
        interface,       ///< the name of the one that the packet leaves through
        address,         ///< the destination's
        port,            ///< the destination's, in host order
        icmp_type,       ///< ICMP's or ICMPv6's, as `protocol` says
        icmp_code,       ///< the same
        tcp_flags,       ///< as in the header's octet 13
        conntrack_state, ///< as bits (NF_CT_STATE_*_BIT): 1 invalid, 2 established, 4 related, 8 new, 64
                         ///< untracked
        cgroup,          ///< path of the socket's below the root of the cgroup2 hierarchy
    };
    What what = What::unknown;
    std::uint8_t protocol = 0; ///< only packets of this protocol have it; 0: of any
    std::uint8_t family = 0;   ///< the same; 0: of both
    std::uint64_t mask = std::numeric_limits<std::uint64_t>::max(); ///< of numbers, what is looked at

    bool operator==(const PacketField&) const = default;
};

/// Both ends included.
struct NumberRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    bool operator==(const NumberRange&) const = default;
};
struct AddressRange {
    Address first;
    Address last;
    bool operator==(const AddressRange&) const = default;
};
/// Those of the prefix of this length that the address is in.
AddressRange addresses_of(const Address& address, unsigned length);

/// A text; `and_more`: or one that begins so.
struct TextPattern {
    ForeignText text;
    bool and_more = false;
    bool operator==(const TextPattern&) const = default;
};
/// std::monostate: a value that is not understood.
using FieldValue = std::variant<std::monostate, NumberRange, AddressRange, TextPattern>;

/// What becomes of a packet that a rule matches.
struct RuleVerdict {
    enum class Kind : std::uint8_t {
        next,    ///< nothing: the next rule looks at it
        accept,  ///< this hook's other base chains look at it
        deny,    ///< dropped or rejected
        jump,    ///< to `chain`, and back when that ends
        go_to,   ///< to `chain`, and when that ends back to where this chain was jumped to from
        back,    ///< return
        unknown, ///< something else, like a queue
    };
    Kind kind = Kind::next;
    std::string chain; ///< of the same table
    bool operator==(const RuleVerdict&) const = default;
};

/// One element of a set or a map: a value for each field of the match.
struct MatchElement {
    std::vector<FieldValue> values;
    RuleVerdict verdict; ///< of a verdict map
    bool operator==(const MatchElement&) const = default;
};

/// The fields have the values of one of the elements; `negated`: of none.
struct PacketMatch {
    std::vector<PacketField> fields;
    std::shared_ptr<const std::vector<MatchElement>> elements; ///< never nullptr
    bool negated = false;
    /// What has no such field matches, too: as iptables' owner, negated, a packet without a socket
    /// (owner_mt() in net/netfilter/xt_owner.c); nft's expressions end their rule there.
    bool absent_matches = false;
};

struct FilterRule {
    std::vector<PacketMatch> matches; ///< all of them
    /// A verdict map that decides once they matched; then `verdict` is not looked at.
    std::optional<PacketMatch> verdict_map;
    RuleVerdict verdict;
    ForeignText words; ///< for people: how to find it
};

struct FilterChain {
    std::vector<FilterRule> rules;
    /// Only of chains that the kernel itself enters for packets that this host sends.
    struct Base {
        int priority = 0;         ///< within the hook: the lowest is first
        bool postrouting = false; ///< behind all of hook output
        bool denies = false;      ///< policy drop
    };
    std::optional<Base> base;
};

struct FilterTable {
    std::string family; ///< nft's: ip, ip6, inet
    ForeignText name;
    std::map<std::string, FilterChain> chains;
};

struct Ruleset {
    std::vector<FilterTable> tables;
};

} // namespace fwlearn::model
