#include "recurrence.hpp"

#include <algorithm>
#include <array>

namespace fwlearn::collector::host {
namespace {

using std::chrono::seconds;

constexpr std::chrono::days horizon(12 * 366);
constexpr int most_days = 400; ///< more than a year of them
constexpr int most_runs = 4000;

/// A second, a minute, an hour, a day.
constexpr std::array<seconds, 4> lengths{seconds(1), seconds(60), seconds(3600), seconds(86400)};
constexpr std::size_t day = 3;

/// The runs within one minute, hour or day.
struct Pattern {
    seconds first{0};
    seconds last{0};
    seconds longest{0}; ///< between two in a row
};

LocalSecond begin_of(LocalSecond time, std::size_t length) {
    const auto since = time.time_since_epoch() % lengths.at(length);
    return time - (since < seconds(0) ? since + lengths.at(length) : since);
}

/// Of what begins at `begin`, in which there is a run: all of its parts that have runs are alike.
Pattern pattern_of(const NextRun& next, LocalSecond begin, std::size_t length) {
    Pattern pattern;
    const auto end = begin + lengths.at(length);
    auto run = length == 0 ? std::nullopt : next(begin - seconds(1));
    if (!run || *run >= end) {
        return pattern;
    }
    auto part = begin_of(*run, length - 1);
    const auto inner = pattern_of(next, part, length - 1);
    pattern.first = part - begin + inner.first;
    pattern.longest = inner.longest;
    for (;;) {
        pattern.last = part - begin + inner.last;
        run = next(part + lengths.at(length - 1) - seconds(1));
        if (!run || *run >= end) {
            return pattern;
        }
        const auto wait = begin_of(*run, length - 1) - part + inner.first - inner.last;
        pattern.longest = std::max(pattern.longest, wait);
        part = begin_of(*run, length - 1);
    }
}

std::optional<seconds> longest_of_one(const NextRun& next, LocalSecond from) {
    auto run = next(from);
    if (!run) {
        return std::nullopt;
    }
    auto today = begin_of(*run, day);
    const auto pattern = pattern_of(next, today, day);
    auto longest = pattern.longest;
    for (int days = 0; days < most_days; ++days) {
        run = next(today + lengths[day] - seconds(1));
        if (!run || (*run > from + horizon && longest > seconds(0))) {
            break;
        }
        const auto next_day = begin_of(*run, day);
        longest = std::max(longest, next_day - today + pattern.first - pattern.last);
        today = next_day;
    }
    return longest > seconds(0) ? std::optional(longest) : std::nullopt;
}

} // namespace

std::optional<LocalSecond> next_of(const std::vector<NextRun>& runs, LocalSecond after) {
    std::optional<LocalSecond> first;
    for (const auto& next : runs) {
        if (const auto run = next(after); run && (!first || *run < *first)) {
            first = run;
        }
    }
    return first;
}

std::optional<seconds> longest_wait(const std::vector<NextRun>& runs, LocalSecond from) {
    std::optional<seconds> shortest; // of all by themselves: together they wait no longer
    for (const auto& next : runs) {
        if (const auto wait = longest_of_one(next, from); wait && (!shortest || *wait < *shortest)) {
            shortest = wait;
        }
    }
    if (runs.size() < 2) {
        return shortest;
    }
    // Together they have no such order: run by run.
    seconds longest{0};
    auto before = next_of(runs, from);
    for (int count = 0; before && count < most_runs; ++count) {
        const auto run = next_of(runs, *before);
        if (!run || (*run > from + horizon && longest > seconds(0))) {
            return longest > seconds(0) ? std::optional(longest) : std::nullopt;
        }
        longest = std::max(longest, *run - *before);
        before = run;
    }
    if (!before) {
        return std::nullopt;
    }
    const bool saw_a_year = *before > from + std::chrono::days(most_days);
    return saw_a_year || !shortest ? std::optional(longest) : shortest;
}

} // namespace fwlearn::collector::host
