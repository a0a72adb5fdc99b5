// What a whitelist would have broken: one that was learned from the beginning of a record, tried on the rest
// of it; or any other, tried on all. Tells how long to observe, by how the losses fall as more is learned.
// Pure: no I/O, no clock. Called by cli, and by curve.
#pragma once

#include "analyzer/suggest.hpp"

namespace fwlearn::analyzer {

struct BrokenTask {
    model::Task task; ///< the unknown one included
    std::uint64_t flows = 0;
    std::vector<model::Hour> hours; ///< in which flows began that would have been denied; ascending
    std::size_t destinations = 0;   ///< of addresses and services, how many different ones

    bool operator==(const BrokenTask&) const = default;
};

struct Backtest {
    std::optional<model::Hour> learned_until; ///< from here on it was tried; nothing where all was
    std::chrono::hours learned{};             ///< the span of the record before that
    std::chrono::hours tested{};              ///< and from there on
    std::uint64_t flows = 0;                  ///< that began when it was tried, and would not be left out
    std::uint64_t denied = 0;                 ///< of these
    std::vector<BrokenTask> broken;           ///< behind those that were denied, most flows first
};

/// In which the first flow began, and the last, of those that no whitelist denied: there learning is over.
/// Nothing where there is none.
struct BegunHours {
    model::Hour first, last;
};
std::optional<BegunHours> begun_hours(const model::Record& record);

/// The hour that divides these in two; nothing where there are fewer than two.
std::optional<model::Hour> middle_of(const model::Record& record);

/// Learned after one day, two, three, five, and so on up to half a year, as far as at least an hour is left
/// to try it on; and after half of the record's time. Ascending; empty where the record cannot be divided.
std::vector<model::Hour> rolling_splits(const model::Record& record);

/// What was known when this hour began.
model::Record beginning_of(const model::Record& record, model::Hour split);

/// Learned from `beginning`, which is that of the record, and tried on the rest.
Backtest backtest(const model::Record& record, const SuggestOptions& options, const model::Record& beginning,
                  model::Hour split);

/// One for each of `splits`.
std::vector<Backtest> backtest(const model::Record& record, const SuggestOptions& options,
                               const std::vector<model::Hour>& splits);

/// These rules on all of the record; of `options` what is left out counts.
Backtest backtest(const model::Record& record, const SuggestOptions& options,
                  std::span<const model::Rule> rules);

} // namespace fwlearn::analyzer
