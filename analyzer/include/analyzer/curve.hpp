// What wider rules would buy, and cost: for each step of widening how many rules there are to read, how much
// they admit, and what a whitelist learned from the first half of the record would have denied in the second.
// Pure: no I/O, no clock. Called by cli.
#pragma once

#include "analyzer/backtest.hpp"

namespace fwlearn::analyzer {

struct CurveStep {
    std::string name; ///< "address", "none", "subnet", "name", "port", "any user": what suggest would be told
    std::size_t rules = 0;
    std::uint64_t exposure = 0;       ///< over all selectors of all rules, saturating
    std::uint64_t beyond = 0;         ///< of these, what nothing was seen to ask for, saturating
    std::optional<Backtest> backtest; ///< absent: all was seen within one hour, and nothing can be told
};

/// From what admits least to what admits most. Of `options` all counts but the widening.
std::vector<CurveStep> curve(const model::Record& record, const SuggestOptions& options);

} // namespace fwlearn::analyzer
