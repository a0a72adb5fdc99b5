// The rows of schedules and task_runs: what the host runs by the clock, and the minutes in which it did.
// Knows nothing of flows, and remembers nothing. Written by Writer, read by Reader, each within its
// transaction.
#pragma once

#include "identity_rows.hpp"
#include "read_identities.hpp"

#include <model/schedule.hpp>

#include <map>

namespace fwlearn::sql {

class ScheduleRows {
  public:
    explicit ScheduleRows(Connection& connection);

    /// In the place of what was there. Jobs that are known by file and line keep since when they are known,
    /// where the command is the same; else it is `now`, unless nothing was there before.
    void replace(const std::vector<model::Schedule>& schedules, IdentityRows& identities,
                 model::Timestamp now);
    /// Adds to what is there of the same task and hour.
    void add(const model::TaskRuns& runs, BatchRows& rows);

  private:
    struct Before {
        model::ForeignText command;
        std::optional<model::Timestamp> since;
    };
    std::map<std::int64_t, Before> jobs_by_line();

    SQLite::Statement read_, clear_, add_, add_runs_;
};

/// Ascending.
std::vector<model::Schedule> read_schedules(Connection& connection, const StoredIdentities& stored);
/// By task, then hour; of the hours that intersect `range`.
std::vector<model::TaskRuns> read_runs(Connection& connection, const StoredIdentities& stored,
                                       const model::TimeRange& range);

} // namespace fwlearn::sql
