// What the administrator has decided about the whitelist, in his own words: read from decisions.toml by cli,
// honoured by the analyzer's suggest.
// Plain data. Knows nothing of TOML.
#pragma once

#include "model/foreign_text.hpp"
#include "model/prefix.hpp"
#include "model/process.hpp"
#include "model/service.hpp"

#include <optional>

namespace fwlearn::model {

enum class DecisionAction : std::uint8_t {
    allow,   ///< what would be left out is kept, and what is flagged is settled
    deny,    ///< what would be kept is left out
    widen,   ///< a rule admits more: a prefix, a domain, a range of ports
    rename,  ///< a rule gets a title
    comment, ///< a rule gets a comment
};

/// To whom or what a decision applies: to what agrees with all parts that are there. A pattern is one of
/// fnmatch(3), without flags: `*` takes slashes too.
struct DecisionScope {
    std::string rule;    ///< a rule's id, or the beginning of it; then nothing else is there
    ForeignText process; ///< pattern: executable, or script
    ForeignText task;    ///< pattern: "cron /etc/cron.d/backup:3", "timer apt-daily.timer", kind and name
    ForeignText user;    ///< pattern: the socket owner's name or number
    std::optional<OwnerKind> owner; ///< what kind of owner: of kernel and unknown no user agrees
    ForeignText unit;               ///< pattern: systemd unit
    ForeignText name;               ///< pattern: the name by which the destination was known
    std::optional<Prefix> address;
    std::optional<Protocol> protocol;
    std::optional<DetailRange> ports;
    /// Only with ICMP or ICMPv6 for protocol: a type with one code, or with all of its codes.
    std::optional<DetailRange> icmp;

    bool operator==(const DecisionScope&) const = default;
};

struct Decision {
    DecisionAction action = DecisionAction::allow;
    DecisionScope scope;
    /// Of rename the title, of comment the comment, of the others why it was decided so; may be empty there.
    ForeignText text;
    // Only with widen, and there exactly one:
    std::optional<Prefix> to_address;
    ForeignText to_domain; ///< it and every name below it
    std::optional<DetailRange> to_ports;
    std::uint32_t line = 0; ///< where it begins in its file, from 1

    bool operator==(const Decision&) const = default;
};

} // namespace fwlearn::model
