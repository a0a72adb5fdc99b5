#include "collector/aggregator.hpp"

#include <tsl/robin_map.h>
#include <tsl/robin_set.h>

#include <algorithm>

namespace fwlearn::collector {
namespace {

struct Row {
    model::FlowKey key;
    model::Hour hour;
    bool operator==(const Row&) const = default;
};

struct RowHash {
    std::size_t operator()(const Row& row) const noexcept {
        return std::hash<model::FlowKey>{}(row.key) ^
               static_cast<std::size_t>(row.hour.time_since_epoch().count()) * 0x9e3779b97f4a7c15ULL;
    }
};

/// The row that stands for all further destinations of this sender and service.
model::FlowKey folded(model::FlowKey key) {
    key.overflow = true;
    key.destination.address = key.destination.address.family() == model::Family::ipv4
                                  ? model::Address{}
                                  : model::Address::v6(std::array<std::uint8_t, 16>{});
    return key;
}

} // namespace

struct Aggregator::State {
    tsl::robin_set<model::FlowKey, std::hash<model::FlowKey>> known;
    tsl::robin_map<Row, model::FlowCounts, RowHash> rows;
    std::vector<model::CaptureGap> gaps;
    std::size_t distinct_keys = 0;
    std::uint64_t overflowed = 0;
};

Aggregator::Aggregator(std::size_t distinct_keys) : state_(std::make_unique<State>()) {
    state_->distinct_keys = distinct_keys;
}

Aggregator::~Aggregator() = default;

void Aggregator::add(const model::FlowDelta& delta) {
    Row row{delta.key, delta.hour};
    if (!state_->known.contains(row.key)) {
        if (state_->known.size() < state_->distinct_keys) {
            state_->known.insert(row.key);
        } else {
            row.key = folded(row.key);
            state_->overflowed += delta.counts.count;
        }
    }
    state_->rows[row] += delta.counts;
}

void Aggregator::add(const model::CaptureGap& gap) {
    state_->gaps.push_back(gap);
}

bool Aggregator::empty() const {
    return state_->rows.empty() && state_->gaps.empty();
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
    return batch;
}

void Aggregator::written() {
    state_->rows.clear();
    state_->gaps.clear();
}

std::uint64_t Aggregator::overflowed() const {
    return state_->overflowed;
}

} // namespace fwlearn::collector
