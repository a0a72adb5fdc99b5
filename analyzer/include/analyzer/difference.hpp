// In what two whitelists differ, rule by rule: what a rule admits is what it is, so two that admit the same
// are one, whatever their evidence. Pure. Called by cli's diff.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// Of one rule that is in one of the two alone, or of two that have senders and services in common and differ
/// in destinations.
struct RuleChange {
    std::optional<model::Rule> before; ///< absent: added
    std::optional<model::Rule> after;  ///< absent: removed
    // Only where both are there; ascending: prefixes, names, domains as *.example.org.
    std::vector<model::ForeignText> gone;
    std::vector<model::ForeignText> come;

    [[nodiscard]] const model::Rule& rule() const { return before ? *before : *after; }
};

/// Prefixes of a rule by address, names and domains of one by name; ascending.
std::vector<model::ForeignText> destinations_of(const model::Rule& rule);

/// By sender, protocol and service, in an order that depends on content alone. Of several rules with the same
/// senders and services those belong together that have the most destinations in common.
std::vector<RuleChange> difference(std::vector<model::Rule> before, std::vector<model::Rule> after);

} // namespace fwlearn::analyzer
