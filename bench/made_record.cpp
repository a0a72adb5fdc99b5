#include "made_record.hpp"

namespace fwlearn::bench {

MadeRecord::MadeRecord(const std::filesystem::path& database, std::chrono::hours observed)
    : writer_(database), last_alive_(start + observed) {
    model::Observation observation;
    observation.started = start;
    observation.last_alive = last_alive_;
    writer_.begin_observation(observation);
}

model::FlowDelta MadeRecord::flow(const model::FlowKey& key, model::Timestamp moment, std::uint64_t count) {
    model::FlowDelta delta;
    delta.key = key;
    delta.hour = model::hour_of(moment);
    delta.counts.count = delta.counts.answered = count;
    delta.counts.first_seen = delta.counts.last_seen = moment;
    return delta;
}

void MadeRecord::add(const model::FlowDelta& flow) {
    batch_.flows.push_back(flow);
    ++rows_;
    constexpr std::size_t piece = 500'000;
    if (batch_.flows.size() == piece) {
        commit();
    }
}

void MadeRecord::finish() {
    commit();
    writer_.end_observation(last_alive_);
}

void MadeRecord::commit() {
    writer_.commit(batch_, identities_, last_alive_);
    batch_ = {};
}

} // namespace fwlearn::bench
