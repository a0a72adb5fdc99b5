// By what time a record reckons what is too old: the host's clock, but never further than the record itself
// has lived, for a clock that jumps ten years ahead must not delete ten years. Pure. Used by Retention.
#pragma once

#include <model/time.hpp>

#include <algorithm>
#include <chrono>

namespace fwlearn::sql {

/// `reckoned`, after `elapsed` of a clock that nobody sets. It runs twice as fast as that one while it is
/// behind `wall`, so that it comes up with the host's clock after the collector was not running, and not at
/// once, because that is all that tells such a time from a clock that is wrong.
inline model::Timestamp reckoned_after(model::Timestamp reckoned, model::Timestamp wall,
                                       std::chrono::milliseconds elapsed) {
    return wall <= reckoned ? reckoned : std::min(wall, reckoned + 2 * elapsed);
}

} // namespace fwlearn::sql
