#include "read_flows.hpp"

#include "statement.hpp"

#include <tsl/robin_map.h>

#include <algorithm>
#include <limits>
#include <numeric>
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
    key.creator = referred(stored.processes, row.number<std::int64_t>());
    key.task = referred(stored.tasks, row.number<std::int64_t>());
    key.attribution = row.enumerator(model::Attribution::exact);
    key.owner.kind = row.enumerator(model::OwnerKind::user);
    key.owner.uid = row.number<std::uint32_t>();
    key.owner.gid = row.number<std::uint32_t>();
    key.interface = referred(stored.interfaces, row.number<std::int64_t>());
    key.name = referred(stored.names, row.number<std::int64_t>());
    key.name_source = row.enumerator(model::BindingSource::dns_process);
    key.overflow = row.flag();
    key.verdict = row.enumerator(model::FlowVerdict::shadowed);
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

/// Every key's row, without counts yet, and where each is.
struct Keys {
    std::vector<model::Flow> flows;
    tsl::robin_map<std::int64_t, std::uint32_t> position; ///< in flows, by the row's id
};

Keys read_keys(Connection& connection, const StoredIdentities& stored) {
    SQLite::Statement statement(
        connection.database(),
        "SELECT id, process_id, creator_id, task_id, attribution, owner_kind, uid, gid, interface_id, "
        "name_id, name_source, overflow, verdict, protocol, address, detail FROM flows");
    Keys keys;
    for (Use use(statement); use.step();) {
        Row row(use);
        const auto id = row.number<std::int64_t>();
        keys.position.emplace(id, static_cast<std::uint32_t>(keys.flows.size()));
        keys.flows.push_back(model::Flow{key_of(row, stored), {}, {}, {}});
    }
    return keys;
}

/// Each flow is moved once, and compared where it is: they are many and wide.
void sort_by_key(std::vector<model::Flow>& flows) {
    std::vector<std::uint32_t> order(flows.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&flows](auto one, auto other) { return flows[one].key < flows[other].key; });
    for (std::uint32_t start = 0; start < order.size(); ++start) {
        if (order[start] == start) {
            continue;
        }
        auto first = std::move(flows[start]);
        auto hole = start;
        while (order[hole] != start) {
            const auto from = order[hole];
            flows[hole] = std::move(flows[from]);
            order[hole] = hole;
            hole = from;
        }
        flows[hole] = std::move(first);
        order[hole] = hole;
    }
}

/// A sum as the database has it, which stops at its greatest integer.
std::uint64_t saturated(std::uint64_t one, std::uint64_t other) {
    return std::min<std::uint64_t>(one + other, std::numeric_limits<std::int64_t>::max());
}

/// The hours of two, each once with the sum of what began in it.
void add_hours(model::Flow& to, const model::Flow& from) {
    std::vector<std::pair<model::Hour, std::uint64_t>> sums;
    sums.reserve(to.hours.size() + from.hours.size());
    for (const auto* flow : {static_cast<const model::Flow*>(&to), &from}) {
        for (std::size_t i = 0; i < flow->hours.size(); ++i) {
            sums.emplace_back(flow->hours[i], flow->hourly[i]);
        }
    }
    std::sort(sums.begin(), sums.end());
    to.hours.clear();
    to.hourly.clear();
    for (const auto& [hour, count] : sums) {
        if (!to.hours.empty() && to.hours.back() == hour) {
            to.hourly.back() = saturated(to.hourly.back(), count);
        } else {
            to.hours.push_back(hour);
            to.hourly.push_back(count);
        }
    }
}

/// Adds up those of the same key, of which there are several where an older schema told more processes apart.
/// `flows` by key.
void merge_same_keys(std::vector<model::Flow>& flows) {
    auto last = flows.begin();
    for (auto next = flows.begin(); next != flows.end(); ++next) {
        if (next == last) {
            continue;
        }
        if (next->key != last->key) {
            if (++last != next) {
                *last = std::move(*next);
            }
            continue;
        }
        last->counts += next->counts;
        add_hours(*last, *next);
    }
    flows.erase(flows.empty() ? last : last + 1, flows.end());
}

/// Rows come by ascending hour.
void add_hour(model::Flow& flow, model::Hour hour, const model::FlowCounts& counts) {
    flow.counts += counts;
    if (counts.count > 0) {
        flow.hours.push_back(hour);
        flow.hourly.push_back(counts.count);
    }
}

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
    auto keys = read_keys(connection, stored);
    SQLite::Statement statement(
        connection.database(),
        "SELECT flow_id, hour, count, answered, refused, unanswered, already_open, packets_out, bytes_out, "
        "packets_in, bytes_in, first_seen, last_seen FROM flow_hours WHERE hour >= ? AND hour < ? "
        "ORDER BY hour");
    Use use(statement);
    use.with(std::clamp(first, -limit, limit), std::clamp(end, -limit, limit));
    while (use.step()) {
        Row row(use);
        const auto found = keys.position.find(row.number<std::int64_t>());
        if (found == keys.position.end()) {
            throw_damaged();
        }
        const model::Hour hour{std::chrono::hours(row.number<std::int64_t>())};
        add_hour(keys.flows[found->second], hour, counts_of(row, hour));
    }
    keys.position = {};
    auto flows = std::move(keys.flows);
    // Those without an hour in the range go.
    std::erase_if(flows, [](const model::Flow& flow) { return flow.counts == model::FlowCounts{}; });
    sort_by_key(flows);
    merge_same_keys(flows);
    return flows;
}

std::vector<model::NameBinding> read_names(Connection& connection, const StoredIdentities& stored) {
    SQLite::Statement statement(connection.database(),
                                "SELECT address, name, process_id, source, first_seen, last_seen, count, "
                                "ttl, canonical "
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
        binding.ttl = row.number<std::uint32_t>();
        binding.canonical = row.text();
        names.push_back(std::move(binding));
    }
    const auto order = [](const model::NameBinding& binding) {
        return std::tie(binding.address, binding.name, binding.process, binding.source);
    };
    std::sort(names.begin(), names.end(),
              [&](const auto& left, const auto& right) { return order(left) < order(right); });
    return names;
}

std::vector<model::Configured> read_configured(Connection& connection) {
    SQLite::Statement statement(connection.database(),
                                "SELECT kind, file, line, name, address, protocol, detail FROM configured");
    std::vector<model::Configured> configured;
    for (Use use(statement); use.step();) {
        Row row(use);
        model::Configured setting;
        setting.kind = row.enumerator(model::ConfiguredKind::static_name);
        setting.file = row.text();
        setting.line = row.number<std::uint32_t>();
        setting.name = row.text();
        setting.address = row.address_or_null();
        setting.service.protocol.number = row.number<std::uint8_t>();
        setting.service.detail = row.number<std::uint16_t>();
        configured.push_back(std::move(setting));
    }
    std::sort(configured.begin(), configured.end());
    return configured;
}

} // namespace fwlearn::sql
