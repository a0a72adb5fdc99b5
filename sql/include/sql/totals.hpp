// What a record adds up to, in two passes over its rows, which keep twelve octets of each distinct flow in
// memory: for who asks often and wants no flow. Knows nothing of what the sums are for. Called by cli.
#pragma once

#include <model/record.hpp>

#include <filesystem>
#include <map>

namespace fwlearn::sql {

/// Sums are of numbers up to 2^63 and have no end themselves: in double they are exact up to 2^53.
struct Totals {
    struct Gaps {
        double count = 0;
        double lost = 0; ///< where it is known
        double milliseconds = 0;
    };

    double distinct_flows = 0;
    std::map<model::FlowVerdict, double> flows;      ///< every verdict
    std::map<model::Attribution, double> attributed; ///< flows; every one
    double with_owner = 0;                           ///< flows
    double overflowed = 0;                           ///< flows
    double answered = 0;
    double refused = 0;
    double unanswered = 0;
    double denied_packets = 0;
    double packets_out = 0; ///< without the denied
    double bytes_out = 0;
    double packets_in = 0;
    double bytes_in = 0;
    double processes = 0;                    ///< that the record knows
    std::map<model::TaskKind, double> tasks; ///< that the record knows
    std::map<model::GapReason, Gaps> gaps;   ///< only those that there are
    /// Minutes in which scheduled tasks were started (model::TaskRuns), by how that ended; started again in
    /// the same minute and ended well, it has succeeded.
    double runs_succeeded = 0;
    double runs_failed = 0;
    double runs_of_unknown_end = 0;
};

/// One consistent snapshot. Throws model::SqlError.
Totals read_totals(const std::filesystem::path& database);

} // namespace fwlearn::sql
