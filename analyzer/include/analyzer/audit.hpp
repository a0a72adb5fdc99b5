// What left this host, or tried to, that a whitelist does not explain: flows put together into findings, each
// with the rule that comes nearest and a decision that would settle it. docs/audit.md has the terms.
// Pure: no I/O, no clock. Called by cli's audit and learn-more.
#pragma once

#include <model/whitelist.hpp>

#include <span>

namespace fwlearn::analyzer {

/// Flows of one process, task, socket owner, destination and service, with one verdict.
struct Finding {
    /// denied: it was stopped. Else it left although no rule admits it; shadowed: the whitelist that is being
    /// tried out said so, too.
    model::FlowVerdict verdict = model::FlowVerdict::accepted;
    /// Their sum: the first one's key with the lowest address, the least sure attribution; without hours.
    model::Flow flow;
    model::ForeignText name;                 ///< what the destination was called; empty: it has no name
    std::vector<model::Address> addresses;   ///< that it was reached at; ascending
    std::string nearest_rule;                ///< its id; empty: there is none
    std::string why;                         ///< why that does not match; printable ASCII
    std::optional<model::Decision> decision; ///< nothing where no rule could tell these flows
    /// Of what was denied: when the run of its task began, the last one, that failed then (failed_runs.hpp).
    std::optional<model::Timestamp> failed_run;

    [[nodiscard]] bool denied() const { return verdict == model::FlowVerdict::denied; }
};

struct Audit {
    std::vector<Finding> findings;    ///< denied ones first, then by content
    std::uint64_t denied = 0;         ///< flows
    std::uint64_t denied_packets = 0; ///< of these
    std::uint64_t unexplained = 0;    ///< flows, shadowed ones included
    std::uint64_t explained = 0;      ///< flows that rules or fixed parts admit
};

/// n log n in the number of flows. A flow that was denied, or shadowed, is in a finding even where a rule
/// admits it by now.
Audit audit(const model::Record& record, std::span<const model::Rule> rules);

/// Those about which, for one of their addresses at least, no decision to allow or to deny is there yet, by
/// pattern.
std::vector<Finding> undecided(std::vector<Finding> findings, const model::Record& record,
                               const std::vector<model::Decision>& decisions);

/// What tells a flow with this last moment from every other one, also in a later process: 32 hexadecimal
/// digits, of a strong hash because strangers choose what is in it.
std::string fingerprint(const model::Flow& flow, const model::Identities& identities);

/// What tells a finding from others as long as it goes on: without what grows. As long.
std::string fingerprint(const Finding& finding, const model::Identities& identities);

} // namespace fwlearn::analyzer
