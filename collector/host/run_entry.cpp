#include "run_entry.hpp"

#include <model/number.hpp>

#include <algorithm>
#include <string_view>

namespace fwlearn::collector::host {
namespace {

/// As what the child says it: of Debian's cron, and of cronie.
constexpr std::array<std::string_view, 2> cron_identifiers{"CRON", "CROND"};

std::string_view field(const JournalEntry& entry, std::string_view name) {
    const auto found = entry.find(name);
    return found == entry.end() ? std::string_view() : std::string_view(found->second);
}

/// journald takes it from the socket (SCM_TIMESTAMP), not from who wrote.
model::Timestamp time_of(const JournalEntry& entry, model::Timestamp received) {
    constexpr std::uint64_t year_9999 = 253402300799000000;
    const auto sent = model::parse_integer<std::uint64_t>(field(entry, "_SOURCE_REALTIME_TIMESTAMP"));
    return sent && *sent <= year_9999 ? model::Timestamp(std::chrono::milliseconds(*sent / 1000)) : received;
}

/// What becomes of a unit's run. Of a oneshot service "Starting" says so, and "Finished" only comes when it
/// is over; of a simple one there is but "Started", of a target "Reached target", of a mount "Mounted". That
/// a condition kept it from running is said by the same id in other words (job_emit_done_message() in
/// src/core/job.c), which have the unit's description in their midst.
std::optional<model::RunEvent> event_of_unit(const JournalEntry& entry) {
    if (field(entry, "_TRANSPORT") != "journal") {
        return std::nullopt;
    }
    const auto id = field(entry, "MESSAGE_ID");
    if (id == message_succeeded || id == message_failed) {
        return id == message_failed ? model::RunEvent::failed : model::RunEvent::succeeded;
    }
    const auto message = field(entry, "MESSAGE");
    const bool is_over_or_skipped = message.starts_with("Finished ") ||
                                    message.find(" was skipped because ") != std::string_view::npos ||
                                    message.ends_with(" being skipped.");
    return id == message_starting || (id == message_started && !is_over_or_skipped)
               ? std::optional(model::RunEvent::began)
               : std::nullopt;
}

std::optional<SeenRun> unit_run(std::string_view unit, std::string_view invocation, SeenRun run) {
    if (unit.empty() || invocation.empty()) {
        return std::nullopt;
    }
    run.name = model::ForeignText(unit);
    run.invocation = model::ForeignText(invocation);
    return run;
}

/// A manager is in the init.scope of its own tree, in the unit that process 1 made for its user. A user may
/// move other processes of his there: he has his own runs in his hands anyway.
bool is_manager_of(std::string_view uid, const JournalEntry& entry) {
    return field(entry, "_COMM") == "systemd" && field(entry, "_SYSTEMD_USER_UNIT") == "init.scope" &&
           field(entry, "_SYSTEMD_UNIT") == std::string("user@").append(uid).append(".service");
}

/// The child that says it is cron's own copy, still root, on its way to the job's shell; its unit is cron's,
/// or a session's where PAM makes one. A busy journald only comes to look when it is that shell already. One
/// that is gone by then could be anybody of root's.
bool is_of_cron(const JournalEntry& entry) {
    const auto writer = field(entry, "_COMM");
    if (writer == "cron" || writer == "crond") {
        return true;
    }
    const auto is_one_of = [](std::string_view value, const auto& values) {
        return std::find(values.begin(), values.end(), value) != values.end();
    };
    return is_one_of(field(entry, "_SYSTEMD_UNIT"), cron_units) &&
           is_one_of(field(entry, "SYSLOG_IDENTIFIER"), cron_identifiers);
}

/// "(CRON) error (grandchild #1234 failed with exit status 1)", or "... terminated by signal 15 (core
/// dumped)".
std::optional<std::uint32_t> failed_grandchild(std::string_view message) {
    constexpr std::string_view begin = "(CRON) error (grandchild #";
    if (!message.starts_with(begin)) {
        return std::nullopt;
    }
    message.remove_prefix(begin.size());
    const auto digits = message.substr(0, message.find(' '));
    const auto ended = message.substr(digits.size());
    return ended.starts_with(" failed with exit status ") || ended.starts_with(" terminated by signal ")
               ? model::parse_integer<std::uint32_t>(digits)
               : std::nullopt;
}

/// "(alice) CMD (command)", which the job's process says before it is the job's shell; or that it failed.
std::optional<SeenRun> cron_run(const JournalEntry& entry, SeenRun run) {
    const auto message = field(entry, "MESSAGE");
    run.of = RunOf::cron_job;
    if (const auto failed = failed_grandchild(message)) {
        run.event = model::RunEvent::failed;
        run.process = *failed;
        return run;
    }
    constexpr std::string_view between = ") CMD (";
    const auto at = message.find(between);
    if (!message.starts_with('(') || !message.ends_with(')') || at == std::string_view::npos) {
        return std::nullopt;
    }
    const auto begin = at + between.size();
    auto command = message.substr(begin, message.size() - begin - 1);
    const auto process = field(entry, "_PID");
    run.process = model::parse_integer<std::uint32_t>(process).value_or(0);
    if (const auto number = std::string("[").append(process) + "] "; command.starts_with(number)) {
        command.remove_prefix(number.size()); // cron -L 8
    }
    if (command.empty()) {
        return std::nullopt;
    }
    run.user = model::ForeignText(message.substr(1, at - 1));
    run.name = model::ForeignText(command);
    return run;
}

/// "Job `nightly' started"; "Job `nightly' terminated", "... terminated (mailing output)" of one that ended
/// well, "... terminated (exit status: 1) (mailing output)", "... terminated due to signal 15" and
/// "... terminated abnormally" of another (tend_job() in anacron's runjob.c).
std::optional<SeenRun> anacron_run(std::string_view message, SeenRun run) {
    constexpr std::string_view before = "Job `";
    constexpr std::string_view started = "' started";
    constexpr std::string_view terminated = "' terminated";
    if (!message.starts_with(before)) {
        return std::nullopt;
    }
    message.remove_prefix(before.size());
    auto name = message.substr(0, message.size() - std::min(message.size(), started.size()));
    if (!message.ends_with(started)) {
        const auto at = message.rfind(terminated);
        if (at == std::string_view::npos) {
            return std::nullopt;
        }
        name = message.substr(0, at);
        const auto how = message.substr(at + terminated.size());
        const bool well = how.empty() || (how.starts_with(" (") && !how.starts_with(" (exit status: "));
        run.event = well ? model::RunEvent::succeeded : model::RunEvent::failed;
    }
    if (name.empty()) {
        return std::nullopt;
    }
    run.of = RunOf::anacron_job;
    run.name = model::ForeignText(name);
    return run;
}

} // namespace

std::optional<SeenRun> run_in(const JournalEntry& entry, model::Timestamp received) {
    SeenRun run;
    run.time = time_of(entry, received);
    const auto uid = field(entry, "_UID");
    if (const auto event = event_of_unit(entry)) {
        run.event = *event;
        if (field(entry, "_PID") == "1" && uid == "0") {
            return unit_run(field(entry, "UNIT"), field(entry, "INVOCATION_ID"), run);
        }
        const auto user = model::parse_integer<std::uint64_t>(uid);
        if (user && *user <= UINT32_MAX && is_manager_of(uid, entry)) {
            run.of = RunOf::user_unit;
            run.uid = static_cast<std::uint32_t>(*user);
            return unit_run(field(entry, "USER_UNIT"), field(entry, "USER_INVOCATION_ID"), run);
        }
        return std::nullopt;
    }
    if (uid != "0" || field(entry, "_TRANSPORT") != "syslog") {
        return std::nullopt;
    }
    if (is_of_cron(entry)) {
        return cron_run(entry, run);
    }
    return field(entry, "_COMM") == "anacron" ? anacron_run(field(entry, "MESSAGE"), run) : std::nullopt;
}

std::string as_cron_prints(std::string_view command) {
    constexpr unsigned char blank = 0x20;
    constexpr unsigned char del = 0x7f;
    std::string printed;
    for (const char byte : command) {
        const auto value = static_cast<unsigned char>(byte);
        if (value < blank) {
            printed += '^';
            printed += static_cast<char>(value + '@');
        } else if (value < del) {
            printed += byte;
        } else if (value == del) {
            printed += "^?";
        } else {
            printed += '\\';
            for (const unsigned shift : {6U, 3U, 0U}) {
                printed += static_cast<char>('0' + (value >> shift & 7U));
            }
        }
    }
    return printed;
}

} // namespace fwlearn::collector::host
