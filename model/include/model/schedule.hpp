// What a host runs by the clock, as its timers and crontabs say, and when it was seen to run.
// Plain data: the collector reads it from the host, sql stores it, the analyzer asks what has not been seen.
#pragma once

#include "model/identities.hpp"
#include "model/time.hpp"

#include <chrono>
#include <compare>
#include <optional>
#include <vector>

namespace fwlearn::model {

/// What starts it.
enum class ScheduleKind : std::uint8_t {
    timer,      ///< systemd.timer(5) of the system
    user_timer, ///< the same, of a user's manager
    cron,       ///< a line of a crontab(5)
    run_parts,  ///< a script of /etc/cron.daily and the like, which a crontab's run-parts(8) or anacron(8)
                ///< runs
    anacron,    ///< a line of anacrontab(5) that runs no such directory
    at,         ///< a job of at(1): runs once
};

enum class ScheduleState : std::uint8_t {
    enabled,  ///< the clock will start it
    at_boot,  ///< only the host's start does (@reboot, a timer of OnBootSec= alone), or its user's login
    disabled, ///< a timer that nothing starts, a crontab that cron refuses, a script that nobody may execute
};

struct Schedule {
    Task task; ///< as the flows of its runs have it; what runs are counted by
    ScheduleKind kind = ScheduleKind::timer;
    ScheduleState state = ScheduleState::enabled;
    ForeignText file;      ///< where it is written; of a line of a crontab the crontab
    ForeignText command;   ///< what it runs, secrets redacted: ExecStart= of the unit, the job, the script
    ForeignText when;      ///< as it is written there: "*/5 * * * *", "OnCalendar=daily"; several by "; "
    ForeignText time_zone; ///< IANA's name of the zone in which that is to be read; empty where none matters
    std::optional<std::uint32_t> uid; ///< who it runs as, where that is known
    /// The longest time between two runs in a row; absent where it does not recur, or where that cannot be
    /// told.
    std::optional<std::chrono::seconds> period;
    /// How much later than its due time a run may begin: RandomizedDelaySec= and AccuracySec=, anacron's
    /// delays.
    std::chrono::seconds delay{0};
    std::optional<Timestamp> last_run; ///< as the host tells it; it may be before anybody observed
    std::optional<Timestamp> next_run; ///< the first after it was read, without the delay
    /// Of a job that is known by its file and line: since when this command is known to stand there, where
    /// another one, or none, was found there before. What ran by that name until then was another job.
    /// Absent: since the host was looked at first. Kept by the record, not told by whoever reads the host.
    std::optional<Timestamp> since;

    auto operator<=>(const Schedule&) const = default;
};

/// What is told of a run.
enum class RunEvent : std::uint8_t { began, succeeded, failed };

/// In which minutes of one hour (UTC) a task was started, by the host's own word, while it was observed; and
/// of which of these runs it said how they ended, whenever that was. Of each, bit 0 is the hour's first
/// minute; bits 60 to 63 are none.
struct TaskRuns {
    TaskId task = TaskId::unknown;
    Hour hour{};
    std::uint64_t minutes = 0;
    std::uint64_t succeeded = 0; ///< a run that began then ended well
    std::uint64_t failed = 0;    ///< a run that began then failed; another one may have ended well

    /// Those in which a run failed, and none ended well.
    [[nodiscard]] std::uint64_t only_failed() const { return minutes & failed & ~succeeded; }

    auto operator<=>(const TaskRuns&) const = default;
};

} // namespace fwlearn::model
