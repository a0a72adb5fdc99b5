// What an entry of systemd's journal says of a run: a unit that is started, or was and has ended, a line of a
// crontab, a job of anacron. Anybody may write to the journal, and put into a field what he likes: journald's
// own word are the fields that begin with an underscore (systemd.journal-fields(7)), and only an entry whose
// writer is told by those to be process 1, a user's manager, root's cron or what it has become, or root's
// anacron says anything here. Pure; must not know which tasks there are. Used by the journal's reader.
#pragma once

#include <model/foreign_text.hpp>
#include <model/schedule.hpp>
#include <model/time.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace fwlearn::collector::host {

enum class RunOf : std::uint8_t { unit, user_unit, cron_job, anacron_job };

struct SeenRun {
    RunOf of = RunOf::unit;
    /// What is told. Of cron's jobs that they began, and, where it is asked to (cron(8), -L 4), that they
    /// failed.
    model::RunEvent event = model::RunEvent::began;
    /// The unit, cron's command as cron prints it, what anacron calls the job; empty of a job of cron's that
    /// failed, which its process alone tells.
    model::ForeignText name;
    model::ForeignText user; ///< of a cron job: as who it runs
    std::uint32_t uid = 0;   ///< of a user's unit: whose manager started it
    /// Of a unit: the same for all that is said of one start of it (systemd.exec(5), $INVOCATION_ID).
    model::ForeignText invocation;
    std::uint32_t process = 0; ///< of a cron job: its shell's number
    model::Timestamp time;     ///< of the event

    bool operator==(const SeenRun&) const = default;
};

/// The message ids of a unit that systemd begins to start, and of one that it has started
/// (SD_MESSAGE_UNIT_STARTING and SD_MESSAGE_UNIT_STARTED in sd-messages.h).
inline constexpr const char* message_starting = "7d4958e842da4a758f6c1cdc7b36dcc5";
inline constexpr const char* message_started = "39f53479d3a045ac8e11786248231fbf";
/// Of one that has ended, well or not (SD_MESSAGE_UNIT_SUCCESS and SD_MESSAGE_UNIT_FAILURE_RESULT; the words
/// are "Deactivated successfully." and "Failed with result 'exit-code'."). What is well, SuccessExitStatus=
/// and the like say (systemd.service(5)).
inline constexpr const char* message_succeeded = "7ad2d189f7e94e70a38c781354912448";
inline constexpr const char* message_failed = "d9b373ed55a64feb8242e02dbe79a49c";

/// The units in which cron's packages start it, and its jobs stay.
inline constexpr std::array<std::string_view, 3> cron_units{"cron.service", "crond.service",
                                                            "cronie.service"};

/// The fields that are asked for; of those that an entry has several times the first counts.
inline constexpr std::array<const char*, 14> run_fields{"_PID",
                                                        "_UID",
                                                        "_COMM",
                                                        "_TRANSPORT",
                                                        "_SYSTEMD_UNIT",
                                                        "_SYSTEMD_USER_UNIT",
                                                        "SYSLOG_IDENTIFIER",
                                                        "MESSAGE_ID",
                                                        "MESSAGE",
                                                        "UNIT",
                                                        "USER_UNIT",
                                                        "INVOCATION_ID",
                                                        "USER_INVOCATION_ID",
                                                        "_SOURCE_REALTIME_TIMESTAMP"};

using JournalEntry = std::map<std::string, std::string, std::less<>>;

/// `received`: when journald had it, which stands in where it was not told when it was sent.
std::optional<SeenRun> run_in(const JournalEntry& entry, model::Timestamp received);

/// How cron prints a command in its log: control bytes as ^X, those beyond ASCII as \ooo (mkprint() in misc.c
/// of Debian's cron 3.0pl1 and of cronie 1.6).
std::string as_cron_prints(std::string_view command);

} // namespace fwlearn::collector::host
