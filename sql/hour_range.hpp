// The hours that intersect a range of time, as numbers to ask a table for. Called by what reads rows that
// have an hour.
#pragma once

#include <model/time.hpp>

#include <algorithm>
#include <cstdint>

namespace fwlearn::sql {

/// Half open. No hour in it is further away than an Hour can say in whole milliseconds, with room for an
/// offset; a stored one beyond is damage.
struct HourRange {
    std::int64_t first;
    std::int64_t end;
};

inline HourRange hours_in(const model::TimeRange& range) {
    const std::int64_t limit = std::int64_t{1} << 31;
    const auto number = [limit](model::Hour hour) {
        return std::clamp(std::int64_t{hour.time_since_epoch().count()}, -limit, limit);
    };
    return {range.since ? number(model::hour_of(*range.since)) : -limit,
            range.until ? number(std::chrono::ceil<std::chrono::hours>(*range.until)) : limit};
}

} // namespace fwlearn::sql
