#include "flow_rows.hpp"

#include "row_of.hpp"

namespace fwlearn::sql {
namespace {

// A sum beyond 63 bits is a REAL in SQLite, which min() then finds to be the greater.
constexpr const char* add_up = R"(
    INSERT INTO flow_hours (flow_id, hour, count, answered, refused, unanswered, already_open, first_seen,
                            last_seen)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
        count = min(count + excluded.count, 9223372036854775807),
        answered = min(answered + excluded.answered, 9223372036854775807),
        refused = min(refused + excluded.refused, 9223372036854775807),
        unanswered = min(unanswered + excluded.unanswered, 9223372036854775807),
        already_open = min(already_open + excluded.already_open, 9223372036854775807),
        first_seen = min(ifnull(first_seen, excluded.first_seen), ifnull(excluded.first_seen, first_seen)),
        last_seen = max(ifnull(last_seen, excluded.last_seen), ifnull(excluded.last_seen, last_seen)))";

constexpr const char* add_up_traffic = R"(
    INSERT INTO flow_traffic (flow_id, hour, packets_out, bytes_out, packets_in, bytes_in)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
        packets_out = min(packets_out + excluded.packets_out, 9223372036854775807),
        bytes_out = min(bytes_out + excluded.bytes_out, 9223372036854775807),
        packets_in = min(packets_in + excluded.packets_in, 9223372036854775807),
        bytes_in = min(bytes_in + excluded.bytes_in, 9223372036854775807))";

/// Without accounting there is none, and most rows have no other beside them.
bool has_traffic(const model::FlowCounts& counts) {
    return counts.packets_out > 0 || counts.bytes_out > 0 || counts.packets_in > 0 || counts.bytes_in > 0;
}

/// `none` is what FlowCounts holds when nothing was seen.
std::optional<std::int64_t> after(model::Hour hour, model::Timestamp time, model::Timestamp none) {
    return time == none ? std::nullopt
                        : std::optional(static_cast<std::int64_t>((time - model::Timestamp(hour)).count()));
}

template <typename Id>
Id as(std::int64_t row) {
    if (!std::in_range<std::uint32_t>(row)) {
        throw_damaged();
    }
    return static_cast<Id>(row);
}

} // namespace

FlowRows::FlowRows(Connection& connection)
    : find_(connection.database(),
            "SELECT id FROM flows WHERE process_id = ? AND creator_id = ? AND task_id = ? AND attribution = "
            "? AND owner_kind = ? "
            "AND uid = ? AND gid = ? AND interface_id = ? AND name_id = ? AND name_source = ? "
            "AND overflow = ? AND verdict = ? AND protocol = ? AND address = ? AND detail = ?"),
      add_(connection.database(),
           "INSERT INTO flows (process_id, creator_id, task_id, attribution, owner_kind, uid, gid, "
           "interface_id, name_id, name_source, overflow, verdict, protocol, address, detail) "
           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"),
      add_up_(connection.database(), add_up), add_up_traffic_(connection.database(), add_up_traffic),
      seen_(connection.database(), "UPDATE flows SET last_hour = ?2 WHERE id = ?1 AND last_hour < ?2") {}

void FlowRows::forget() {
    keys_.clear();
    last_hours_.clear();
}

void FlowRows::seen(std::int64_t flow, std::int64_t hour) {
    const auto known = last_hours_.find(flow);
    if (known != last_hours_.end() && known->second >= hour) {
        return;
    }
    Use(seen_).with(flow, hour).run();
    if (last_hours_.size() >= remembered_rows) {
        last_hours_.clear();
    }
    last_hours_[flow] = hour;
}

std::int64_t FlowRows::row(const model::FlowKey& key) {
    const model::Destination& destination = key.destination;
    return row_of(keys_, key, find_, add_, key.process, key.creator, key.task, key.attribution,
                  key.owner.kind, key.owner.uid, key.owner.gid, key.interface, key.name, key.name_source,
                  key.overflow, key.verdict, destination.service.protocol.number, destination.address,
                  destination.service.detail);
}

void FlowRows::add(const model::FlowDelta& delta, BatchRows& rows, std::int64_t name) {
    model::FlowKey key = delta.key;
    key.process = as<model::ProcessId>(rows.process(key.process));
    key.creator = as<model::ProcessId>(rows.process(key.creator));
    key.task = as<model::TaskId>(rows.task(key.task));
    key.interface = as<model::InterfaceId>(rows.interface(key.interface));
    key.name = as<model::NameId>(name);
    const model::FlowCounts& counts = delta.counts;
    const std::int64_t flow = row(key);
    const auto hour = static_cast<std::int64_t>(delta.hour.time_since_epoch().count());
    seen(flow, hour);
    Use(add_up_)
        .with(flow, hour, counts.count, counts.answered, counts.refused, counts.unanswered,
              counts.already_open, after(delta.hour, counts.first_seen, model::Timestamp::max()),
              after(delta.hour, counts.last_seen, model::Timestamp::min()))
        .run();
    if (has_traffic(counts)) {
        Use(add_up_traffic_)
            .with(flow, hour, counts.packets_out, counts.bytes_out, counts.packets_in, counts.bytes_in)
            .run();
    }
}

} // namespace fwlearn::sql
