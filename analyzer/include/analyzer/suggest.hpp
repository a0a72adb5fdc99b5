// The whitelist for a record: select -> group -> aggregate. Its invariants are in docs/whitelist.md, each
// with a property test. Pure: no I/O, no clock, the same record gives the same whitelist. Called by cli;
// judged by analyzer/verdict, which shares no code with it.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// By what rules select who sends.
enum class SelectorMode : std::uint8_t {
    automatic, ///< by the user where it is one service's own, else by the unit
    uid,       ///< by the user, always
    unit,      ///< by the unit, wherever a cgroup of its own will be there after a restart
    any,       ///< not at all: every rule admits every sender
};

/// What rules may admit beyond what was seen, so that there are fewer to read. docs/whitelist.md has the
/// bounds of each.
enum class Widening : std::uint8_t { none, subnet, name, port };

struct SuggestOptions {
    bool by_address = false; ///< names are labels, and every rule is for the addresses that were seen
    SelectorMode selector = SelectorMode::automatic;
    Widening widening = Widening::none;
    bool include_sessions = false; ///< rules also for what people did in their sessions
    std::vector<model::Decision> decisions{};
};

/// Destinations that answers of name servers gave a name are admitted by it, all others exactly as they were
/// seen. n log n in the number of flows.
model::Whitelist suggest(const model::Record& record, const SuggestOptions& options = {});

} // namespace fwlearn::analyzer
