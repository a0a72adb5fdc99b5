#include "read_flows.hpp"

#include "statement.hpp"

#include <tuple>

namespace fwlearn::sql {
namespace {

/// The dictionary's number for a row that another row refers to.
template <typename Map>
typename Map::mapped_type referred(const Map& rows, std::int64_t row) {
    const auto found = rows.find(row);
    if (found == rows.end()) {
        throw_damaged();
    }
    return found->second;
}

model::FlowKey key_of(Row& row, const StoredIdentities& stored) {
    model::FlowKey key;
    key.process = referred(stored.processes, row.number<std::int64_t>());
    key.task = referred(stored.tasks, row.number<std::int64_t>());
    key.attribution = row.enumerator(model::Attribution::exact);
    key.owner.kind = row.enumerator(model::OwnerKind::user);
    key.owner.uid = row.number<std::uint32_t>();
    key.owner.gid = row.number<std::uint32_t>();
    key.interface = referred(stored.interfaces, row.number<std::int64_t>());
    key.overflow = row.flag();
    key.destination.service.protocol.number = row.number<std::uint8_t>();
    key.destination.address = row.address();
    key.destination.service.detail = row.number<std::uint16_t>();
    return key;
}

/// An hour's counts and, in them, its times.
model::FlowCounts counts_of(Row& row, model::Hour hour) {
    // A year either way is more than any flow lasts, and far from any overflow.
    constexpr std::int64_t limit = 1000LL * 3600 * 24 * 366;
    model::FlowCounts counts;
    for (std::uint64_t* const sum :
         {&counts.count, &counts.answered, &counts.refused, &counts.unanswered, &counts.already_open,
          &counts.packets_out, &counts.bytes_out, &counts.packets_in, &counts.bytes_in}) {
        *sum = row.number<std::uint64_t>();
    }
    const auto first = row.number_or_null<std::int64_t>();
    const auto last = row.number_or_null<std::int64_t>();
    if (first) {
        counts.first_seen = hour + std::chrono::milliseconds(std::clamp(*first, -limit, limit));
    }
    if (last) {
        counts.last_seen = hour + std::chrono::milliseconds(std::clamp(*last, -limit, limit));
    }
    return counts;
}

/// Both statements run by ascending flow id, so that the keys and their hours meet as in a zip; a join would
/// bring every key's columns again with each of its hours.
class KeyCursor {
  public:
    KeyCursor(Connection& connection, const StoredIdentities& stored)
        : stored_(stored),
          statement_(
              connection.database(),
              "SELECT id, process_id, task_id, attribution, owner_kind, uid, gid, interface_id, overflow, "
              "protocol, address, detail FROM flows ORDER BY id"),
          use_(statement_) {}

    model::FlowKey find(std::int64_t id) {
        while (use_.step()) {
            Row row(use_);
            const auto here = row.number<std::int64_t>();
            if (here == id) {
                return key_of(row, stored_);
            }
            if (here > id) {
                break;
            }
        }
        throw_damaged();
    }

  private:
    const StoredIdentities& stored_;
    SQLite::Statement statement_;
    Use use_;
};

} // namespace

std::vector<model::Flow> read_flows(Connection& connection, const StoredIdentities& stored,
                                    const model::TimeRange& range) {
    // What an Hour can say in whole milliseconds, with room for an offset; a stored one beyond it is damage.
    constexpr std::int64_t limit = std::int64_t{1} << 31;
    const std::int64_t first =
        range.since ? std::int64_t{model::hour_of(*range.since).time_since_epoch().count()} : -limit;
    const std::int64_t end =
        range.until
            ? std::int64_t{std::chrono::ceil<std::chrono::hours>(*range.until).time_since_epoch().count()}
            : limit;
    SQLite::Statement statement(
        connection.database(),
        "SELECT flow_id, hour, count, answered, refused, unanswered, already_open, packets_out, bytes_out, "
        "packets_in, bytes_in, first_seen, last_seen FROM flow_hours WHERE hour >= ? AND hour < ? "
        "ORDER BY flow_id, hour");
    KeyCursor keys(connection, stored);
    std::vector<model::Flow> flows;
    std::optional<std::int64_t> current;
    Use use(statement);
    use.with(std::clamp(first, -limit, limit), std::clamp(end, -limit, limit));
    while (use.step()) {
        Row row(use);
        const auto id = row.number<std::int64_t>();
        const model::Hour hour{std::chrono::hours(row.number<std::int64_t>())};
        if (current != id) {
            current = id;
            flows.push_back({keys.find(id), {}, {}});
        }
        const model::FlowCounts counts = counts_of(row, hour);
        flows.back().counts += counts;
        if (counts.count > 0) {
            flows.back().hours.push_back(hour);
        }
    }
    std::sort(flows.begin(), flows.end(),
              [](const model::Flow& left, const model::Flow& right) { return left.key < right.key; });
    return flows;
}

std::vector<model::NameBinding> read_names(Connection& connection, const StoredIdentities& stored) {
    SQLite::Statement statement(connection.database(),
                                "SELECT address, name, process_id, source, first_seen, last_seen, count "
                                "FROM name_bindings JOIN names ON names.id = name_id");
    std::vector<model::NameBinding> names;
    for (Use use(statement); use.step();) {
        Row row(use);
        model::NameBinding binding;
        binding.address = row.address();
        binding.name = row.text();
        binding.process = referred(stored.processes, row.number<std::int64_t>());
        binding.source = row.enumerator(model::BindingSource::dns_process);
        binding.first_seen = row.time();
        binding.last_seen = row.time();
        binding.count = row.number<std::uint64_t>();
        names.push_back(std::move(binding));
    }
    const auto order = [](const model::NameBinding& binding) {
        return std::tie(binding.address, binding.name, binding.process, binding.source);
    };
    std::sort(names.begin(), names.end(),
              [&](const auto& left, const auto& right) { return order(left) < order(right); });
    return names;
}

} // namespace fwlearn::sql
