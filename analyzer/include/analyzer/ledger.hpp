// What of the host's schedules has been seen: for each timer and cron job how often it ran while somebody
// observed, and whether it sent anything then. Pure: "now" is the end of the record. Called by
// coverage, by the objections against applying a whitelist, and by cli.
#pragma once

#include <model/record.hpp>

namespace fwlearn::analyzer {

enum class LedgerState : std::uint8_t {
    with_egress,    ///< ran, and sent something
    without_egress, ///< ran, and sent nothing
    failed,         ///< ran, and failed each time: what it sends when it works was not seen
    not_due,        ///< its first run is still to come
    not_seen,       ///< due, and no run was seen: it ran in a gap, or not at all
    at_boot,        ///< only the start of the host runs it, and none was seen
    disabled,       ///< nothing runs it, or its time never comes
};

struct LedgerEntry {
    model::Schedule schedule;
    LedgerState state = LedgerState::disabled;
    std::uint64_t runs_seen = 0; ///< minutes in which it was started, and hours in which only its flows tell
    std::uint64_t egress_seen = 0; ///< of these, those with flows of it in the same hour or the next
    std::uint64_t failed_seen = 0; ///< of these, those of which the host says that they failed
    std::optional<model::Timestamp> last_run; ///< the last that anybody tells of; also from before the record

    /// Whether there is something to wait for: it will run, and what it needs then is not known.
    [[nodiscard]] bool is_open() const {
        return state == LedgerState::not_due || state == LedgerState::not_seen ||
               state == LedgerState::failed;
    }
};

/// In the order of the record's schedules. Runs in gaps do not count as seen.
std::vector<LedgerEntry> ledger(const model::Record& record);

/// "timer backup.timer", encoded for a terminal.
std::string name_of(const model::Schedule& schedule);
/// Of an open one, in words: which it is, when it is due, what it runs. Foreign words are encoded for a
/// terminal.
std::string open_words(const LedgerEntry& entry);

} // namespace fwlearn::analyzer
