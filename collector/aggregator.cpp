#include "collector/aggregator.hpp"

#include "collector/fair_share.hpp"

#include <model/mixed.hpp>

#include <tsl/robin_map.h>
#include <tsl/robin_set.h>

#include <algorithm>
#include <map>
#include <set>

namespace fwlearn::collector {
namespace {

struct Row {
    model::FlowKey key;
    model::Hour hour;
    bool operator==(const Row&) const = default;
};

struct RowHash {
    std::size_t operator()(const Row& row) const noexcept {
        const auto hour = static_cast<std::uint64_t>(row.hour.time_since_epoch().count());
        return static_cast<std::size_t>(model::mixed(hour, std::hash<model::FlowKey>{}(row.key)));
    }
};

/// The row that stands for all further destinations of this sender and service.
model::FlowKey folded(model::FlowKey key) {
    key.overflow = true;
    key.name = model::NameId::unknown;
    key.name_source = model::BindingSource::configuration;
    key.destination.address = key.destination.address.family() == model::Family::ipv4
                                  ? model::Address{}
                                  : model::Address::v6(std::array<std::uint8_t, 16>{});
    return key;
}

} // namespace

/// What the evidence for names is added up by.
using Binding = std::tuple<model::Address, model::ForeignText, model::ProcessId, model::BindingSource>;

/// Of all keys: so many as 1 in may be denied ones, and those are beside the others. Who scans behind a
/// whitelist must not take the room of what works.
constexpr std::size_t share_of_denied = 4;

/// The keys that are kept apart. Whoever opens a million flows, or scans, must not take the room of services
/// beside him.
class Room {
  public:
    explicit Room(std::size_t capacity) : shares_(capacity) {}

    Aggregator::Kept keep(const model::FlowKey& key) {
        if (keys_.contains(key)) {
            return Aggregator::Kept::known;
        }
        if (!shares_.take(share_of(key.owner))) {
            return Aggregator::Kept::folded;
        }
        keys_.insert(key);
        return Aggregator::Kept::fresh;
    }

  private:
    tsl::robin_set<model::FlowKey, std::hash<model::FlowKey>> keys_;
    FairShare shares_;
};

/// While nothing can be written, keys x hours is without bound. Beyond so many rows for each key that is kept
/// apart, what is seen in a new hour is counted in the newest hour of the same key that waits.
constexpr std::size_t rows_a_key = 2;
constexpr std::chrono::hours furthest_hour{31 * 24};

struct Aggregator::State {
    explicit State(std::size_t keys)
        : known(keys), known_denied(keys / share_of_denied), binding_shares(keys), distinct_keys(keys) {}

    Room known;
    Room known_denied;
    tsl::robin_map<Row, model::FlowCounts, RowHash> rows;
    std::vector<model::CaptureGap> gaps;
    std::set<Binding> known_bindings;
    FairShare binding_shares; ///< by process: who asks for names without end leaves others theirs
    std::map<Binding, model::NameBinding> bindings;            ///< to be written
    std::map<model::ForeignText, model::ProgramFile> programs; ///< by path
    std::uint64_t names_left_out = 0;
    std::optional<std::vector<model::Configured>> configured;
    std::optional<std::vector<model::Schedule>> schedules;
    std::map<std::pair<model::TaskId, model::Hour>, model::TaskRuns> runs;
    std::size_t distinct_keys;
    std::uint64_t overflowed = 0;
};

Aggregator::Aggregator(std::size_t distinct_keys) : state_(std::make_unique<State>(distinct_keys)) {}

Aggregator::~Aggregator() = default;

Aggregator::Kept Aggregator::add(const model::FlowDelta& delta) {
    Row row{delta.key, delta.hour};
    if (const auto waiting = state_->rows.find(row); waiting != state_->rows.end()) {
        waiting.value() += delta.counts;
        return Kept::known;
    }
    const bool denied = row.key.verdict == model::FlowVerdict::denied;
    auto& known = denied ? state_->known_denied : state_->known;
    const auto kept = known.keep(row.key);
    if (kept == Kept::folded) {
        row.key = folded(row.key);
        state_->overflowed += delta.counts.count;
    }
    if (state_->rows.size() >= rows_a_key * state_->distinct_keys && !state_->rows.contains(row)) {
        for (Row earlier{row.key, row.hour}; row.hour - earlier.hour < furthest_hour;) {
            earlier.hour -= std::chrono::hours{1};
            if (state_->rows.contains(earlier)) {
                row = earlier;
                break;
            }
        }
    }
    state_->rows[row] += delta.counts;
    return kept;
}

void Aggregator::add(const model::CaptureGap& gap) {
    // An overrun that lasts for as long as nothing can be written stays one gap, as in the record.
    const auto known = std::find_if(state_->gaps.rbegin(), state_->gaps.rend(), [&gap](const auto& earlier) {
        return earlier.reason == gap.reason && earlier.lost.has_value() == gap.lost.has_value() &&
               earlier.started <= gap.started && earlier.ended >= gap.started;
    });
    if (known == state_->gaps.rend()) {
        state_->gaps.push_back(gap);
        return;
    }
    known->ended = std::max(known->ended, gap.ended);
    if (gap.lost) {
        *known->lost += *gap.lost;
    }
}

void Aggregator::add(const model::NameBinding& binding) {
    const Binding key{binding.address, binding.name, binding.process, binding.source};
    if (!state_->known_bindings.contains(key)) {
        if (!state_->binding_shares.take(static_cast<std::uint64_t>(binding.process))) {
            ++state_->names_left_out;
            return;
        }
        state_->known_bindings.insert(key);
    }
    auto [position, first] = state_->bindings.try_emplace(key, binding);
    if (first) {
        return;
    }
    auto& sum = position->second;
    sum.first_seen = std::min(sum.first_seen, binding.first_seen);
    sum.last_seen = std::max(sum.last_seen, binding.last_seen);
    sum.count += binding.count;
    sum.ttl = std::max(sum.ttl, binding.ttl);
    sum.canonical = binding.canonical;
}

void Aggregator::add(const model::ProgramFile& program) {
    state_->programs[program.path] = program;
}

void Aggregator::replace(std::vector<model::Configured> configured) {
    state_->configured = std::move(configured);
}

void Aggregator::replace(std::vector<model::Schedule> schedules) {
    state_->schedules = std::move(schedules);
}

void Aggregator::add(model::TaskId task, model::Timestamp run, model::RunEvent event) {
    const auto hour = model::hour_of(run);
    const auto minute = std::chrono::floor<std::chrono::minutes>(run - hour).count();
    const auto bit = std::uint64_t{1} << static_cast<unsigned>(minute);
    auto& runs = state_->runs.try_emplace({task, hour}, model::TaskRuns{task, hour}).first->second;
    switch (event) {
    case model::RunEvent::began:
        runs.minutes |= bit;
        break;
    case model::RunEvent::succeeded:
        runs.succeeded |= bit;
        break;
    case model::RunEvent::failed:
        runs.failed |= bit;
        break;
    }
}

bool Aggregator::empty() const {
    return state_->rows.empty() && state_->gaps.empty() && state_->bindings.empty() &&
           state_->programs.empty() && state_->runs.empty() && !state_->configured && !state_->schedules;
}

model::Batch Aggregator::batch() const {
    model::Batch batch;
    batch.flows.reserve(state_->rows.size());
    for (const auto& [row, counts] : state_->rows) {
        batch.flows.push_back({row.key, row.hour, counts});
    }
    std::sort(batch.flows.begin(), batch.flows.end(), [](const auto& one, const auto& other) {
        return std::tie(one.key, one.hour) < std::tie(other.key, other.hour);
    });
    batch.gaps = state_->gaps;
    batch.names.reserve(state_->bindings.size());
    for (const auto& [key, binding] : state_->bindings) {
        batch.names.push_back(binding);
    }
    batch.programs.reserve(state_->programs.size());
    for (const auto& [path, program] : state_->programs) {
        batch.programs.push_back(program);
    }
    batch.configured = state_->configured;
    batch.schedules = state_->schedules;
    for (const auto& [hour, runs] : state_->runs) {
        batch.runs.push_back(runs);
    }
    return batch;
}

void Aggregator::written() {
    state_->rows.clear();
    state_->gaps.clear();
    state_->bindings.clear();
    state_->programs.clear();
    state_->configured.reset();
    state_->schedules.reset();
    state_->runs.clear();
}

std::uint64_t Aggregator::names_left_out() const {
    return state_->names_left_out;
}

std::uint64_t Aggregator::overflowed() const {
    return state_->overflowed;
}

} // namespace fwlearn::collector
