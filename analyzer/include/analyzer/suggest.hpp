// The whitelist for a record: select -> group -> aggregate. Its invariants are in docs/whitelist.md, each
// with a property test. Pure: no I/O, no clock, the same record gives the same whitelist. Called by cli;
// judged by analyzer/verdict, which shares no code with it.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

struct SuggestOptions {
    bool by_address = false; ///< names are labels, and every rule is for the addresses that were seen
};

/// Rules by the socket's owner (`meta skuid` in the kernel). Destinations that answers of name servers gave a
/// name are admitted by it, all others exactly as they were seen. n log n in the number of flows.
model::Whitelist suggest(const model::Record& record, const SuggestOptions& options = {});

} // namespace fwlearn::analyzer
