#include "observed_time.hpp"

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

using Milliseconds = std::chrono::milliseconds;

std::vector<Stretch> observations_of(const model::Record& record) {
    std::vector<Stretch> stretches;
    stretches.reserve(record.observations.size());
    for (const auto& observation : record.observations) {
        stretches.push_back({observation.started, observation.ended.value_or(observation.last_alive)});
    }
    return stretches;
}

/// Those that are none go, and those that touch or overlap are one.
std::vector<Stretch> joined(std::vector<Stretch> stretches) {
    std::erase_if(stretches, [](const Stretch& one) { return one.to <= one.from; });
    std::sort(stretches.begin(), stretches.end(),
              [](const Stretch& one, const Stretch& other) { return one.from < other.from; });
    std::vector<Stretch> result;
    for (const auto& one : stretches) {
        if (!result.empty() && one.from <= result.back().to) {
            result.back().to = std::max(result.back().to, one.to);
        } else {
            result.push_back(one);
        }
    }
    return result;
}

/// `stretches` without `gaps`; both as joined() has them.
std::vector<Stretch> without(const std::vector<Stretch>& stretches, const std::vector<Stretch>& gaps) {
    std::vector<Stretch> result;
    auto gap = gaps.begin();
    for (const auto& stretch : stretches) {
        while (gap != gaps.end() && gap->to <= stretch.from) {
            ++gap;
        }
        auto from = stretch.from;
        for (auto next = gap; next != gaps.end() && next->from < stretch.to; ++next) {
            if (next->from > from) {
                result.push_back({from, next->from});
            }
            from = std::max(from, next->to);
        }
        if (from < stretch.to) {
            result.push_back({from, stretch.to});
        }
    }
    return result;
}

} // namespace

bool may_hide_flows(const model::CaptureGap& gap) {
    return gap.reason != model::GapReason::malformed_input && gap.reason != model::GapReason::not_running &&
           gap.reason != model::GapReason::senders_not_filed;
}

ObservedTime::ObservedTime(std::vector<Stretch> stretches) : stretches_(std::move(stretches)) {}

ObservedTime ObservedTime::watched(const model::Record& record) {
    return ObservedTime(joined(observations_of(record)));
}

ObservedTime ObservedTime::sound(const model::Record& record) {
    std::vector<Stretch> gaps;
    for (const auto& gap : record.gaps) {
        if (may_hide_flows(gap)) {
            gaps.push_back({gap.started, gap.ended});
        }
    }
    return ObservedTime(without(joined(observations_of(record)), joined(std::move(gaps))));
}

Milliseconds ObservedTime::within(model::Timestamp from, model::Timestamp to) const {
    Milliseconds sum{0};
    auto stretch = std::partition_point(stretches_.begin(), stretches_.end(),
                                        [from](const Stretch& one) { return one.to <= from; });
    for (; stretch != stretches_.end() && stretch->from < to; ++stretch) {
        sum += std::min(stretch->to, to) - std::max(stretch->from, from);
    }
    return sum;
}

Milliseconds ObservedTime::sum() const {
    Milliseconds sum{0};
    for (const auto& stretch : stretches_) {
        sum += stretch.to - stretch.from;
    }
    return sum;
}

} // namespace fwlearn::analyzer
