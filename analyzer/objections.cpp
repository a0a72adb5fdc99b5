#include "analyzer/objections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

using namespace std::chrono_literals;
using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds a_day = 24h;
/// A reboot, or an upgrade of fwlearn itself, is no reason to wait another day.
constexpr Milliseconds few_minutes = 5min;

struct Interval {
    model::Timestamp from;
    model::Timestamp to;
};

/// How much of [from, to) none of the intervals covers.
Milliseconds uncovered(std::vector<Interval> intervals, model::Timestamp from, model::Timestamp to) {
    std::sort(intervals.begin(), intervals.end(),
              [](const auto& one, const auto& other) { return one.from < other.from; });
    Milliseconds sum{0};
    auto covered = from;
    for (const auto& interval : intervals) {
        if (interval.from > covered) {
            sum += std::max(Milliseconds{0}, std::min(interval.from, to) - covered);
        }
        covered = std::max(covered, std::min(interval.to, to));
    }
    return sum + std::max(Milliseconds{0}, to - covered);
}

std::string span_words(Milliseconds span) {
    const auto minutes = std::chrono::round<std::chrono::minutes>(span).count();
    return minutes < 120 ? fmt::format("{} min", minutes) : fmt::format("{} h", (minutes + 30) / 60);
}

} // namespace

std::vector<std::string> objections(const model::Record& record, model::Timestamp now) {
    std::vector<std::string> reasons;
    std::vector<Interval> observed;
    observed.reserve(record.observations.size());
    auto first = now;
    for (const auto& observation : record.observations) {
        observed.push_back({observation.started, observation.ended.value_or(observation.last_alive)});
        first = std::min(first, observation.started);
    }
    if (now - first < a_day) {
        reasons.push_back(
            fmt::format("the record spans {}, which is less than a day", span_words(now - first)));
    }
    const auto from = std::max(first, now - a_day);
    const auto missing = uncovered(std::move(observed), from, now);
    if (missing > few_minutes) {
        reasons.push_back(fmt::format("nobody observed for {} of the last day", span_words(missing)));
    }
    // Lost events are of moments; a file that could not be read whole is not of this day's observing.
    std::uint64_t lost = 0;
    Milliseconds damaged{0};
    for (const auto& gap : record.gaps) {
        if (gap.reason == model::GapReason::not_running || gap.reason == model::GapReason::malformed_input ||
            gap.ended <= from) {
            continue;
        }
        damaged += std::min(gap.ended, now) - std::max(gap.started, from);
        lost += gap.lost.value_or(0);
    }
    if (damaged > few_minutes) {
        reasons.push_back(
            fmt::format("in {} of the last day events were lost ({} or more)", span_words(damaged), lost));
    }
    return reasons;
}

} // namespace fwlearn::analyzer
