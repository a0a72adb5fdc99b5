// Was the time long enough? What of the schedules has been seen, how many new destinations still turn up, and
// how much is estimated not to have been seen at all; with a verdict and its reasons. Pure: "now" is the end
// of the record. Called by cli.
#pragma once

#include "analyzer/ledger.hpp"
#include "analyzer/unseen_mass.hpp"

namespace fwlearn::analyzer {

/// Of one day: destinations that a task reached and never had before.
struct DiscoveryDay {
    std::chrono::sys_days date;
    std::chrono::seconds observed{0}; ///< gaps subtracted
    std::uint64_t new_destinations = 0;
    std::vector<std::pair<model::Task, std::uint64_t>> by_task; ///< the same, most first
};

struct CoverageReport {
    std::optional<model::Timestamp> since, until; ///< absent: nobody observed
    std::chrono::milliseconds observed{0};        ///< of the time between, gaps subtracted
    std::vector<model::CaptureGap> gaps;
    std::vector<LedgerEntry> ledger;
    std::vector<DiscoveryDay> days; ///< every one from first to last, ascending
    UnseenMass unseen;
    std::uint64_t flows = 0;      ///< that no whitelist denied
    std::uint64_t attributed = 0; ///< of these, to a process
    std::uint64_t named = 0;      ///< of these, with the name that the sender knew the destination by
    /// Why it is too early to lock the host down, what weighs most first; empty: it is not. fwlearn's own
    /// words with foreign ones encoded for a terminal.
    std::vector<std::string> reasons;
    std::vector<std::string> remarks; ///< what is worth knowing, and no reason to wait

    [[nodiscard]] bool is_enough() const { return reasons.empty(); }
};

/// A record must be this long, in observed time: what people do has weeks.
inline constexpr std::chrono::hours shortest_observation{7 * 24};
/// The largest share of a day's contacts that may be new, by the upper bound.
inline constexpr double largest_unseen_mass = 0.05;

CoverageReport coverage(const model::Record& record);

/// The verdict, the schedules and what is estimated, a line each, for the head of a whitelist and for a
/// status. Foreign words are encoded for a terminal.
std::vector<std::string> summary(const CoverageReport& report);
/// The same of a record, for less: without the discovery curve, which it does not tell.
std::vector<std::string> summary(const model::Record& record);

} // namespace fwlearn::analyzer
