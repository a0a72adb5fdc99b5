// What flow_traffic has of rows of flow_hours, for who goes through these in order: one walk over both, and
// none over what is not there.
// Knows nothing of flows. Called by read_flows and totals, within their transactions.
#pragma once

#include "connection.hpp"
#include "hour_range.hpp"
#include "statement.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace fwlearn::sql {

struct Traffic {
    std::uint64_t packets_out = 0, bytes_out = 0, packets_in = 0, bytes_in = 0;
};

class TrafficWalk {
  public:
    TrafficWalk(Connection& connection, const HourRange& hours);

    /// Each is greater, by hour and then flow, than the one before. A row of flow_traffic that was passed
    /// over has none in flow_hours: that is damage, as everywhere.
    Traffic of(std::int64_t hour, std::int64_t flow);
    /// There is no greater one.
    void end() const;

  private:
    void step();

    SQLite::Statement statement_;
    Use rows_;
    std::optional<std::pair<std::int64_t, std::int64_t>> next_; ///< the hour and the flow of the row it is at
};

} // namespace fwlearn::sql
