#include "traffic_walk.hpp"

namespace fwlearn::sql {

TrafficWalk::TrafficWalk(Connection& connection, const HourRange& hours)
    : statement_(connection.database(),
                 "SELECT hour, flow_id, packets_out, bytes_out, packets_in, bytes_in FROM flow_traffic "
                 "WHERE hour >= ? AND hour < ? ORDER BY hour, flow_id"),
      rows_(statement_) {
    rows_.with(hours.first, hours.end);
    step();
}

void TrafficWalk::step() {
    next_.reset();
    if (rows_.step()) {
        next_.emplace(rows_.column(0).getInt64(), rows_.column(1).getInt64());
    }
}

Traffic TrafficWalk::of(std::int64_t hour, std::int64_t flow) {
    const std::pair asked(hour, flow);
    if (!next_ || asked < *next_) {
        return {};
    }
    if (*next_ < asked) {
        throw_damaged();
    }
    Row row(rows_);
    row.number<std::int64_t>(); // the hour
    row.number<std::int64_t>(); // the flow
    Traffic traffic;
    for (std::uint64_t* const sum :
         {&traffic.packets_out, &traffic.bytes_out, &traffic.packets_in, &traffic.bytes_in}) {
        *sum = row.number<std::uint64_t>();
    }
    step();
    return traffic;
}

void TrafficWalk::end() const {
    if (next_) {
        throw_damaged();
    }
}

} // namespace fwlearn::sql
