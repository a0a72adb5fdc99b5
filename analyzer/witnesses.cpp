#include "witnesses.hpp"

#include "sort_once.hpp"

namespace fwlearn::analyzer {
void Witnesses::add(const model::Flow& flow, std::uint8_t flags) {
    flags_ = static_cast<std::uint8_t>(flags_ | flags);
    counts_ += flow.counts;
    for (const auto& one : flow.hours) {
        const auto day = std::chrono::floor<std::chrono::days>(one.hour);
        if (days_.empty() || days_.back() != day) {
            days_.push_back(day);
        }
    }
    if (destinations_.empty() || destinations_.back() != flow.key.destination) {
        destinations_.push_back(flow.key.destination);
    }
    processes_.insert(flow.key.process);
    tasks_.insert(flow.key.task);
}

std::uint64_t Witnesses::destinations() {
    sort_once(destinations_);
    return destinations_.size();
}

model::Evidence Witnesses::evidence() {
    sort_once(days_);
    return {counts_.count, counts_.answered,   counts_.refused,  counts_.unanswered,
            days_.size(),  counts_.first_seen, counts_.last_seen};
}

} // namespace fwlearn::analyzer
