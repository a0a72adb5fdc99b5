// The last of the reasons for a gap: whoever reads one from a record, or counts through all of them, asks
// here.
#pragma once

#include "model/record.hpp"

namespace fwlearn::model {

inline constexpr auto last_gap_reason = GapReason::untracked;

} // namespace fwlearn::model
