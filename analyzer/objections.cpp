#include "analyzer/objections.hpp"

#include "analyzer/ledger.hpp"
#include "observed_time.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

using namespace std::chrono_literals;
using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds a_day = 24h;
/// A reboot, or an upgrade of fwlearn itself, is no reason to wait another day.
constexpr Milliseconds few_minutes = 5min;

std::string span_words(Milliseconds span) {
    const auto minutes = std::chrono::round<std::chrono::minutes>(span).count();
    return minutes < 120 ? fmt::format("{} min", minutes) : fmt::format("{} h", (minutes + 30) / 60);
}

/// What has not run yet would be the first to break.
void add_schedules(const std::vector<LedgerEntry>& ledger, std::vector<std::string>& reasons) {
    constexpr std::size_t shown = 5;
    std::size_t open = 0;
    for (const auto& entry : ledger) {
        if (entry.is_open() && ++open <= shown) {
            reasons.push_back(open_words(entry));
        }
    }
    if (open > shown) {
        reasons.push_back(
            fmt::format("{} more schedules have not done their work yet: fwlearn coverage", open - shown));
    }
}

} // namespace

std::vector<std::string> objections(const model::Record& record, model::Timestamp now) {
    std::vector<std::string> reasons;
    const auto watched = ObservedTime::watched(record);
    const auto first = watched.empty() ? now : std::min(now, watched.stretches().front().from);
    if (now - first < a_day) {
        reasons.push_back(
            fmt::format("the record spans {}, which is less than a day", span_words(now - first)));
    }
    const auto from = std::max(first, now - a_day);
    const auto missing = (now - from) - watched.within(from, now);
    if (missing > few_minutes) {
        reasons.push_back(fmt::format("nobody observed for {} of the last day", span_words(missing)));
    }
    // Lost events are of moments.
    std::uint64_t lost = 0;
    Milliseconds damaged{0};
    for (const auto& gap : record.gaps) {
        if (!may_hide_flows(gap) || gap.ended <= from) {
            continue;
        }
        damaged += std::min(gap.ended, now) - std::max(gap.started, from);
        lost += gap.lost.value_or(0);
    }
    if (damaged > few_minutes) {
        reasons.push_back(
            fmt::format("in {} of the last day events were lost ({} or more)", span_words(damaged), lost));
    }
    add_schedules(ledger(record), reasons);
    return reasons;
}

} // namespace fwlearn::analyzer
