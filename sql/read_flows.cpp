#include "read_flows.hpp"

#include "hour_range.hpp"
#include "statement.hpp"
#include "traffic_walk.hpp"

#include <sys/mman.h>
#include <tsl/robin_map.h>

#include <algorithm>
#include <limits>
#include <numeric>
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

/// What is gone through in another order than it lies in costs a look into the page tables for each: with
/// large pages there are few (madvise(2), MADV_HUGEPAGE). Where the kernel has none to give, nothing is lost.
void use_large_pages(void* begin, std::size_t octets) {
    constexpr std::size_t page = 4096;
    const auto address = reinterpret_cast<std::uintptr_t>(begin); // NOLINT: to round it
    const auto skipped = (page - address % page) % page;
    if (octets > skipped) {
        madvise(static_cast<char*>(begin) + skipped, octets - skipped, MADV_HUGEPAGE);
    }
}

/// Every key's row, without counts yet, and where each is.
class Keys {
  public:
    explicit Keys(std::size_t count) {
        flows.reserve(count);
        ids_.reserve(count);
        use_large_pages(flows.data(), count * sizeof(model::Flow));
    }

    /// `id` is greater than those before.
    void add(std::int64_t id, const model::FlowKey& key) {
        ids_.push_back(id);
        flows.push_back(model::Flow{key, {}, {}, {}});
    }

    /// Where none of it was deleted, a table's rows are numbered without a hole.
    [[nodiscard]] model::Flow& of(std::int64_t id) {
        const auto distance =
            static_cast<std::uint64_t>(id) - static_cast<std::uint64_t>(ids_.empty() ? 0 : ids_.front());
        if (distance < ids_.size() && ids_[distance] == id) {
            return flows[distance];
        }
        const auto found = std::lower_bound(ids_.begin(), ids_.end(), id);
        if (found == ids_.end() || *found != id) {
            throw_damaged();
        }
        return flows[static_cast<std::size_t>(found - ids_.begin())];
    }

    std::vector<model::Flow> flows;

  private:
    std::vector<std::int64_t> ids_; ///< ascending
};

std::size_t row_count(Connection& connection) {
    SQLite::Statement statement(connection.database(), "SELECT count(*) FROM flows");
    Use use(statement);
    use.step();
    return Row(use).number<std::size_t>();
}

Keys read_keys(Connection& connection, const StoredIdentities& stored) {
    Keys keys(row_count(connection));
    SQLite::Statement statement(
        connection.database(),
        "SELECT id, process_id, creator_id, task_id, attribution, owner_kind, uid, gid, interface_id, "
        "name_id, name_source, overflow, verdict, protocol, address, detail FROM flows ORDER BY id");
    for (Use use(statement); use.step();) {
        Row row(use);
        const auto id = row.number<std::int64_t>();
        keys.add(id, key_of(row, stored));
    }
    return keys;
}

/// What of a key comes before what else is in it, in the order of FlowKey's members: everything but the name
/// and what follows that.
model::FlowKey sender_part(model::FlowKey key) {
    key.name = model::NameId::unknown;
    key.name_source = {};
    key.overflow = false;
    key.verdict = {};
    key.destination = {};
    return key;
}

/// A flow's place among all, in little room: which flows compare as these do, but for IPv6, of which not all
/// octets are in it.
struct Place {
    std::uint64_t first = 0, second = 0;
    std::uint32_t flow = 0; ///< its position
};

Place place_of(const model::FlowKey& key, std::uint32_t sender) {
    Place place;
    place.first = std::uint64_t{sender} << 32U | static_cast<std::uint32_t>(key.name);
    const auto append = [&place](std::uint64_t value, unsigned bits) {
        place.second = place.second << bits | value;
    };
    append(static_cast<std::uint64_t>(key.name_source), 3);
    append(key.overflow ? 1 : 0, 1);
    append(static_cast<std::uint64_t>(key.verdict), 2);
    append(key.destination.service.protocol.number, 8);
    append(key.destination.service.detail, 16);
    append(key.destination.address.family() == model::Family::ipv4 ? 0 : 1, 1);
    for (const auto octet : key.destination.address.octets().first<4>()) {
        append(octet, 8);
    }
    return place;
}

/// Where each comes from: senders are few, and once they are in order, flows need not be looked at to be
/// compared.
std::vector<std::uint32_t> order_of(const std::vector<model::Flow>& flows) {
    tsl::robin_map<model::FlowKey, std::uint32_t> ranks;
    std::vector<Place> places;
    places.reserve(flows.size());
    std::vector<model::FlowKey> senders;
    for (std::uint32_t index = 0; index < flows.size(); ++index) {
        const auto [rank, is_new] = ranks.emplace(sender_part(flows[index].key), senders.size());
        if (is_new) {
            senders.push_back(rank->first);
        }
        places.push_back(place_of(flows[index].key, rank->second));
        places.back().flow = index;
    }
    std::vector<std::uint32_t> by_sender(senders.size());
    std::iota(by_sender.begin(), by_sender.end(), 0U);
    std::sort(by_sender.begin(), by_sender.end(),
              [&senders](auto one, auto other) { return senders[one] < senders[other]; });
    std::vector<std::uint64_t> rank_of(senders.size());
    for (std::uint32_t rank = 0; rank < by_sender.size(); ++rank) {
        rank_of[by_sender[rank]] = rank;
    }
    for (auto& place : places) {
        place.first = rank_of[place.first >> 32U] << 32U | (place.first & 0xffffffffU);
    }
    std::sort(places.begin(), places.end(), [&flows](const Place& one, const Place& other) {
        return one.first != other.first     ? one.first < other.first
               : one.second != other.second ? one.second < other.second
                                            : flows[one.flow].key < flows[other.flow].key;
    });
    std::vector<std::uint32_t> order;
    order.reserve(places.size());
    for (const auto& place : places) {
        order.push_back(place.flow);
    }
    return order;
}

/// Each flow is moved once: they are many and wide.
void sort_by_key(std::vector<model::Flow>& flows) {
    auto order = order_of(flows);
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
    auto keys = read_keys(connection, stored);
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
        auto& flow = keys.of(id);
        const auto hour_number = row.number<std::int64_t>();
        const model::Hour hour{std::chrono::hours(hour_number)};
        auto counts = counts_of(row, hour);
        const auto traffic = traffic_walk.of(hour_number, id);
        counts.packets_out = traffic.packets_out;
        counts.bytes_out = traffic.bytes_out;
        counts.packets_in = traffic.packets_in;
        counts.bytes_in = traffic.bytes_in;
        add_hour(flow, hour, counts);
    }
    traffic_walk.end();
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
