// The whitelist for a record: select -> group -> aggregate. Its invariants are in docs/whitelist.md, each
// with a property test. Pure: no I/O, no clock, the same record gives the same whitelist. Called by cli;
// judged by analyzer/verdict, which shares no code with it.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// Rules by the socket's owner (`meta skuid` in the kernel), each for exactly the destinations that were
/// seen. n log n in the number of flows.
model::Whitelist suggest(const model::Record& record);

} // namespace fwlearn::analyzer
