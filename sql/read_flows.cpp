#include "read_flows.hpp"

#include "flow_keys.hpp"
#include "hour_range.hpp"
#include "large_pages.hpp"
#include "statement.hpp"
#include "traffic_walk.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace fwlearn::sql {
namespace {

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

/// An hour's counts without its traffic and, in them, its times.
model::FlowCounts counts_of(Row& row, model::Hour hour) {
    // A year either way is more than any flow lasts, and far from any overflow.
    constexpr std::int64_t limit = 1000LL * 3600 * 24 * 366;
    model::FlowCounts counts;
    for (std::uint64_t* const sum :
         {&counts.count, &counts.answered, &counts.refused, &counts.unanswered, &counts.already_open}) {
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

std::size_t row_count(Connection& connection, const std::string& table) {
    SQLite::Statement statement(connection.database(), "SELECT count(*) FROM " + table);
    Use use(statement);
    use.step();
    return Row(use).number<std::size_t>();
}

/// Every row of the table, by its id.
struct StoredKeys {
    std::vector<std::int64_t> ids; ///< ascending
    FlowKeys keys;
};

StoredKeys read_keys(Connection& connection, const StoredIdentities& stored) {
    StoredKeys read;
    const auto count = row_count(connection, "flows");
    read.ids.reserve(count);
    read.keys.reserve(count);
    SQLite::Statement statement(
        connection.database(),
        "SELECT id, process_id, creator_id, task_id, attribution, owner_kind, uid, gid, interface_id, "
        "name_id, name_source, overflow, verdict, protocol, address, detail FROM flows ORDER BY id");
    for (Use use(statement); use.step();) {
        Row row(use);
        read.ids.push_back(row.number<std::int64_t>());
        read.keys.add(key_of(row, stored));
    }
    return read;
}

/// A sum as the database has it, which stops at its greatest integer.
std::uint64_t saturated(std::uint64_t one, std::uint64_t other) {
    return std::min<std::uint64_t>(one + other, std::numeric_limits<std::int64_t>::max());
}

std::uint32_t capped(std::uint64_t sum) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(sum, std::numeric_limits<std::uint32_t>::max()));
}

/// A flow for each key, by key, and which one a row is of. Rows of the same key, of which there are several
/// where an older schema told more processes apart, are one flow's.
class Flows {
  public:
    explicit Flows(StoredKeys stored) : places_(stored.ids.size()) {
        waiting_.reserve(together);
        if (!stored.ids.empty()) {
            first_id_ = static_cast<std::uint64_t>(stored.ids.front());
            const auto distance = static_cast<std::uint64_t>(stored.ids.back()) - first_id_;
            if (distance >= stored.ids.size()) {
                ids_ = std::move(stored.ids);
            }
            stored.ids = {};
        }
        auto& keys = stored.keys;
        keys.sort();
        flows_.reserve(keys.size());
        use_large_pages(flows_.data(), keys.size() * sizeof(model::Flow));
        for (std::size_t next = 0; next < keys.size(); ++next) {
            const auto key = keys.key(next);
            if (flows_.empty() || flows_.back().key != key) {
                flows_.emplace_back().key = key;
            }
            places_[keys.added_as(next)] = static_cast<std::uint32_t>(flows_.size() - 1);
        }
    }

    /// A row's counts; rows come by ascending hour. They may be added later.
    void add(std::int64_t id, model::Hour hour, const model::FlowCounts& counts) {
        waiting_.push_back({&place_of_row(id), hour, counts});
        if (waiting_.size() == waiting_.capacity()) {
            settle();
        }
    }

    /// What had any counts, in the end.
    std::vector<model::Flow> take() {
        settle();
        std::erase_if(flows_, [](const model::Flow& flow) { return flow.counts == model::FlowCounts{}; });
        return std::move(flows_);
    }

  private:
    /// Where a row's flow is in memory is another place each time, and so is where that is said: both are
    /// fetched into the cache while the rows before it are dealt with. To read a row takes so many
    /// instructions that the processor would look for one place at a time: so rows are dealt with by the
    /// thousand.
    static constexpr std::size_t ahead = 16;
    static constexpr std::size_t together = 4096;
    struct Waiting {
        const std::uint32_t* place = nullptr;
        model::Hour hour{};
        model::FlowCounts counts;
    };

    void settle() {
        for (std::size_t step = 0; step < waiting_.size() + 2 * ahead; ++step) {
            if (step < waiting_.size()) {
                __builtin_prefetch(waiting_[step].place);
            }
            if (step >= ahead && step - ahead < waiting_.size()) {
                fetch(flows_[*waiting_[step - ahead].place]);
            }
            if (step >= 2 * ahead) {
                add(waiting_[step - 2 * ahead]);
            }
        }
        waiting_.clear();
    }

    static void fetch(const model::Flow& flow) {
        constexpr std::size_t cache_line = 64;
        const auto* const begin = reinterpret_cast<const char*>(&flow); // NOLINT: where its cache lines are
        for (std::size_t offset = 0; offset < sizeof flow; offset += cache_line) {
            __builtin_prefetch(begin + offset); // NOLINT: the same
        }
    }

    void add(const Waiting& row) {
        auto& flow = flows_[*row.place];
        flow.counts += row.counts;
        if (row.counts.count == 0) {
            return;
        }
        if (flow.hours.empty() || flow.hours.back().hour != row.hour) {
            flow.hours.push_back({row.hour});
        }
        auto& hour = flow.hours.back();
        hour.count = saturated(hour.count, row.counts.count);
        hour.answered = capped(hour.answered + row.counts.answered);
        hour.in_vain = capped(hour.in_vain + row.counts.refused + row.counts.unanswered);
    }

    [[nodiscard]] const std::uint32_t& place_of_row(std::int64_t id) const {
        const auto distance = static_cast<std::uint64_t>(id) - first_id_;
        if (ids_.empty() && distance < places_.size()) {
            return places_[distance];
        }
        const auto found = std::lower_bound(ids_.begin(), ids_.end(), id);
        if (found == ids_.end() || *found != id) {
            throw_damaged();
        }
        return places_[static_cast<std::size_t>(found - ids_.begin())];
    }

    std::uint64_t first_id_ = 0;
    std::vector<std::int64_t> ids_; ///< ascending; empty where they have no holes, as while none is deleted
    std::vector<std::uint32_t> places_; ///< of each id, in `flows_`
    std::vector<model::Flow> flows_;
    std::vector<Waiting> waiting_; ///< the oldest first
};

} // namespace

std::vector<model::Flow> read_flows(Connection& connection, const StoredIdentities& stored,
                                    const model::TimeRange& range) {
    Flows flows(read_keys(connection, stored));
    SQLite::Statement statement(
        connection.database(),
        "SELECT flow_id, hour, count, answered, refused, unanswered, already_open, first_seen, last_seen "
        "FROM flow_hours WHERE hour >= ? AND hour < ? ORDER BY hour, flow_id");
    Use use(statement);
    const auto hours = hours_in(range);
    use.with(hours.first, hours.end);
    TrafficWalk traffic_walk(connection, hours);
    while (use.step()) {
        Row row(use);
        const auto id = row.number<std::int64_t>();
        const auto hour_number = row.number<std::int64_t>();
        const model::Hour hour{std::chrono::hours(hour_number)};
        auto counts = counts_of(row, hour);
        const auto traffic = traffic_walk.of(hour_number, id);
        counts.packets_out = traffic.packets_out;
        counts.bytes_out = traffic.bytes_out;
        counts.packets_in = traffic.packets_in;
        counts.bytes_in = traffic.bytes_in;
        flows.add(id, hour, counts);
    }
    traffic_walk.end();
    return flows.take();
}

std::vector<model::NameBinding> read_names(Connection& connection, const StoredIdentities& stored) {
    SQLite::Statement statement(connection.database(),
                                "SELECT address, name, process_id, source, first_seen, last_seen, count, "
                                "ttl, canonical "
                                "FROM name_bindings JOIN names ON names.id = name_id");
    std::vector<model::NameBinding> names;
    names.reserve(row_count(connection, "name_bindings"));
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
