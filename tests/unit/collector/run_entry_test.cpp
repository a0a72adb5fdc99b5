// Is a run what the journal's own word says, and nothing that somebody wrote into it? The entries are those
// of a Debian 12 that ran (data/runs.export).
#include <doctest/doctest.h>
#include <run_entry.hpp>

#include <fstream>

using namespace fwlearn;
using collector::host::JournalEntry;
using collector::host::run_in;
using collector::host::RunOf;
using model::RunEvent;

namespace {

constexpr model::Timestamp received{std::chrono::milliseconds(1795662900000)};

JournalEntry unit_entry() {
    return {{"_TRANSPORT", "journal"},
            {"_PID", "1"},
            {"_UID", "0"},
            {"_COMM", "systemd"},
            {"MESSAGE_ID", collector::host::message_starting},
            {"MESSAGE", "Starting dump.service..."},
            {"UNIT", "dump.service"},
            {"INVOCATION_ID", "b4a46b0d92e94c94ac5801846435dc20"}};
}

JournalEntry user_entry() {
    return {{"_TRANSPORT", "journal"},
            {"_PID", "152"},
            {"_UID", "1000"},
            {"_COMM", "systemd"},
            {"_SYSTEMD_UNIT", "user@1000.service"},
            {"_SYSTEMD_USER_UNIT", "init.scope"},
            {"MESSAGE_ID", collector::host::message_started},
            {"MESSAGE", "Started mine.service."},
            {"USER_UNIT", "mine.service"},
            {"USER_INVOCATION_ID", "6b8e322e2b5343e4b8103a39ebbe520c"}};
}

JournalEntry cron_entry() {
    return {{"_TRANSPORT", "syslog"},
            {"_PID", "46"},
            {"_UID", "0"},
            {"_COMM", "cron"},
            {"_SYSTEMD_UNIT", "cron.service"},
            {"SYSLOG_IDENTIFIER", "CRON"},
            {"MESSAGE", "(alice) CMD (backup (daily) CMD (x))"}};
}

JournalEntry anacron_entry() {
    return {{"_TRANSPORT", "syslog"},
            {"_UID", "0"},
            {"_COMM", "anacron"},
            {"MESSAGE", "Job `cron.daily' started"}};
}

JournalEntry with(JournalEntry entry, const std::string& field, const std::string& value) {
    entry[field] = value;
    return entry;
}

bool is_run(const JournalEntry& entry) {
    return run_in(entry, received).has_value();
}

} // namespace

TEST_CASE("A unit that process 1 starts is a run, at the time at which it was said") {
    const auto run = run_in(with(unit_entry(), "_SOURCE_REALTIME_TIMESTAMP", "1795662919142379"), received);
    REQUIRE(run);
    CHECK(run->of == RunOf::unit);
    CHECK(run->name == model::ForeignText("dump.service"));
    CHECK(run->invocation == model::ForeignText("b4a46b0d92e94c94ac5801846435dc20"));
    CHECK(run->time == model::Timestamp(std::chrono::milliseconds(1795662919142)));
    CHECK(run_in(unit_entry(), received)->time == received);
    CHECK(run_in(with(unit_entry(), "_SOURCE_REALTIME_TIMESTAMP", "18446744073709551615"), received)->time ==
          received);
}

TEST_CASE("What is over, what was skipped and what has no invocation is no run") {
    const auto started = with(unit_entry(), "MESSAGE_ID", collector::host::message_started);
    CHECK(is_run(with(started, "MESSAGE", "Started dump.service - Dump.")));
    CHECK(is_run(with(started, "MESSAGE", "Reached target cron-daily.target - Daily jobs.")));
    CHECK(is_run(with(started, "MESSAGE", "Mounted mnt-backup.mount - /mnt/backup.")));
    CHECK_FALSE(is_run(with(started, "MESSAGE", "Condition check resulted in Dump being skipped.")));
    CHECK_FALSE(is_run(with(started, "MESSAGE", "Finished dump.service - Dump.")));
    CHECK_FALSE(
        is_run(with(started, "MESSAGE", "dump.service - Dump was skipped because of an unmet condition")));
    CHECK_FALSE(is_run(with(unit_entry(), "INVOCATION_ID", "")));
    CHECK_FALSE(is_run(with(unit_entry(), "UNIT", "")));
    // SD_MESSAGE_UNIT_STOPPED
    CHECK_FALSE(is_run(with(unit_entry(), "MESSAGE_ID", "9d1aaa27d60140bd96365438aad20286")));
}

TEST_CASE("That a unit has ended, well or not, is told of the start that it names") {
    const auto failed = with(with(unit_entry(), "MESSAGE_ID", collector::host::message_failed), "MESSAGE",
                             "dump.service: Failed with result 'exit-code'.");
    const auto succeeded = with(with(unit_entry(), "MESSAGE_ID", collector::host::message_succeeded),
                                "MESSAGE", "dump.service: Deactivated successfully.");
    CHECK(run_in(unit_entry(), received)->event == RunEvent::began);
    for (const auto& [entry, event] :
         {std::pair(failed, RunEvent::failed), std::pair(succeeded, RunEvent::succeeded)}) {
        const auto run = run_in(entry, received);
        REQUIRE(run);
        CHECK(run->event == event);
        CHECK(run->name == model::ForeignText("dump.service"));
        CHECK(run->invocation == model::ForeignText("b4a46b0d92e94c94ac5801846435dc20"));
        CHECK_FALSE(is_run(with(entry, "INVOCATION_ID", "")));
        CHECK_FALSE(is_run(with(entry, "_PID", "2")));
        CHECK_FALSE(is_run(with(entry, "_TRANSPORT", "syslog")));
    }
    const auto users = run_in(with(user_entry(), "MESSAGE_ID", collector::host::message_failed), received);
    REQUIRE(users);
    CHECK(users->of == RunOf::user_unit);
    CHECK(users->event == RunEvent::failed);
    CHECK(users->uid == 1000);
}

TEST_CASE("Where cron says that a job has failed, it says so of the process that it said the command of") {
    const auto began = run_in(with(cron_entry(), "_PID", "46"), received);
    REQUIRE(began);
    CHECK(began->event == RunEvent::began);
    CHECK(began->process == 46);
    CHECK(run_in(with(cron_entry(), "MESSAGE", "(root) CMD ([46] sync)"), received)->name ==
          model::ForeignText("sync")); // cron -L 8
    CHECK(run_in(with(cron_entry(), "MESSAGE", "(root) CMD ([47] sync)"), received)->name ==
          model::ForeignText("[47] sync"));
    for (const auto* message : {"(CRON) error (grandchild #4194304 failed with exit status 3)",
                                "(CRON) error (grandchild #4194304 terminated by signal 11 (core dumped))"}) {
        const auto failed = run_in(with(cron_entry(), "MESSAGE", message), received);
        REQUIRE(failed);
        CHECK(failed->of == RunOf::cron_job);
        CHECK(failed->event == RunEvent::failed);
        CHECK(failed->process == 4194304);
        CHECK(failed->name.empty());
        CHECK_FALSE(is_run(with(with(cron_entry(), "MESSAGE", message), "_UID", "1000")));
    }
    for (const auto* message :
         {"(CRON) error (grandchild #x failed with exit status 3)", "(CRON) error (grandchild #1 sleeps)",
          "(CRON) error (grandchild #99999999999 failed with exit status 3)", "(CRON) error (grandchild #",
          "(root) error (grandchild #1 failed with exit status 3)"}) {
        CHECK_FALSE(is_run(with(cron_entry(), "MESSAGE", message)));
    }
}

TEST_CASE("Nobody but process 1 says which unit of the system is started") {
    CHECK_FALSE(is_run(with(unit_entry(), "_PID", "2")));
    CHECK_FALSE(is_run(with(unit_entry(), "_UID", "1000")));
    CHECK_FALSE(is_run(with(unit_entry(), "_TRANSPORT", "syslog")));
    CHECK_FALSE(is_run(with(unit_entry(), "_TRANSPORT", "stdout")));
    auto forged = unit_entry();
    forged.erase("_PID");
    CHECK_FALSE(is_run(with(forged, "PID", "1")));
}

TEST_CASE("A user's manager speaks for its own user alone") {
    const auto run = run_in(user_entry(), received);
    REQUIRE(run);
    CHECK(run->of == RunOf::user_unit);
    CHECK(run->uid == 1000);
    CHECK(run->name == model::ForeignText("mine.service"));
    CHECK_FALSE(is_run(with(user_entry(), "_UID", "1001")));
    CHECK_FALSE(is_run(with(user_entry(), "_SYSTEMD_UNIT", "user@1001.service")));
    CHECK_FALSE(is_run(with(user_entry(), "_SYSTEMD_USER_UNIT", "mine.service")));
    CHECK_FALSE(is_run(with(user_entry(), "_SYSTEMD_UNIT", "session-3.scope")));
    // He may say what he likes of the system's units.
    auto forged = user_entry();
    forged.erase("USER_UNIT");
    forged["UNIT"] = "dump.service";
    forged["INVOCATION_ID"] = "b4a46b0d92e94c94ac5801846435dc20";
    CHECK_FALSE(is_run(forged));
}

TEST_CASE("What cron says, and only cron, is a run of its command") {
    const auto run = run_in(cron_entry(), received);
    REQUIRE(run);
    CHECK(run->of == RunOf::cron_job);
    CHECK(run->user == model::ForeignText("alice"));
    CHECK(run->name == model::ForeignText("backup (daily) CMD (x)"));
    CHECK(is_run(with(cron_entry(), "_COMM", "crond"))); // cronie
    CHECK(is_run(with(cron_entry(), "_SYSTEMD_UNIT", "session-7.scope")));
    CHECK_FALSE(is_run(with(with(cron_entry(), "_COMM", "logger"), "_SYSTEMD_UNIT", "session-7.scope")));
    CHECK_FALSE(is_run(with(cron_entry(), "_UID", "1000")));
    CHECK_FALSE(is_run(with(cron_entry(), "_TRANSPORT", "stdout")));
    CHECK_FALSE(is_run(with(cron_entry(), "MESSAGE", "(alice) CMDEND (true)")));
    CHECK_FALSE(is_run(with(cron_entry(), "MESSAGE", "(alice) CMD (")));
    CHECK_FALSE(is_run(with(cron_entry(), "MESSAGE", "(alice) CMD ()")));
    CHECK_FALSE(is_run(with(cron_entry(), "MESSAGE", "x (alice) CMD (true)")));
    CHECK_FALSE(is_run(with(cron_entry(), "MESSAGE", "(alice) RELOAD (crontabs/alice)")));
}

TEST_CASE("What cron says is a run also where journald came to look when cron was the job's shell already") {
    const auto shell = with(cron_entry(), "_COMM", "sh");
    CHECK(run_in(shell, received) == run_in(cron_entry(), received));
    CHECK(is_run(with(shell, "_SYSTEMD_UNIT", "cronie.service")));
    CHECK(is_run(with(shell, "SYSLOG_IDENTIFIER", "CROND")));
    CHECK_FALSE(is_run(with(shell, "_UID", "1000")));
    CHECK_FALSE(is_run(with(shell, "_SYSTEMD_UNIT", "session-7.scope")));
    CHECK_FALSE(is_run(with(shell, "SYSLOG_IDENTIFIER", "root"))); // what a job of root's says
    auto gone = cron_entry();
    gone.erase("_COMM");
    gone.erase("_SYSTEMD_UNIT");
    CHECK_FALSE(is_run(gone));
}

TEST_CASE("What anacron says that it has started is a run of that job") {
    const auto run = run_in(anacron_entry(), received);
    REQUIRE(run);
    CHECK(run->of == RunOf::anacron_job);
    CHECK(run->name == model::ForeignText("cron.daily"));
    CHECK_FALSE(is_run(with(anacron_entry(), "_UID", "1000")));
    CHECK_FALSE(is_run(with(anacron_entry(), "_COMM", "logger")));
    for (const auto* nothing : {"Job `' started", "Job `' terminated", "Job `cron.daily' waits", "Job `",
                                "Job `cron.daily", "Anacron 2.3 started on 2026-11-28"}) {
        CHECK_FALSE(is_run(with(anacron_entry(), "MESSAGE", nothing)));
    }
}

TEST_CASE("anacron says how its jobs end") {
    for (const auto& [how, event] :
         std::map<std::string, RunEvent>{{"started", RunEvent::began},
                                         {"terminated", RunEvent::succeeded},
                                         {"terminated (mailing output)", RunEvent::succeeded},
                                         {"terminated (exit status: 1)", RunEvent::failed},
                                         {"terminated (exit status: 1) (mailing output)", RunEvent::failed},
                                         {"terminated due to signal 15", RunEvent::failed},
                                         {"terminated abnormally", RunEvent::failed}}) {
        const auto run = run_in(with(anacron_entry(), "MESSAGE", "Job `a' b' " + how), received);
        REQUIRE(run);
        CHECK(run->of == RunOf::anacron_job);
        CHECK(run->event == event);
        CHECK(run->name == model::ForeignText("a' b"));
    }
}

TEST_CASE("An entry of which only forged fields are there is no run") {
    for (auto entry : {unit_entry(), user_entry(), cron_entry(), anacron_entry()}) {
        REQUIRE(is_run(entry));
        JournalEntry forged{{"_TRANSPORT", entry["_TRANSPORT"]},
                            {"_UID", "1000"},
                            {"_COMM", "systemd"},
                            {"_PID", "4711"},
                            {"_SYSTEMD_UNIT", "session-1.scope"}};
        for (const auto& [name, value] : entry) {
            if (!name.starts_with('_')) {
                forged[name] = value;
            }
        }
        CHECK_FALSE(is_run(forged));
    }
}

TEST_CASE("A command is known by what cron makes of it in print") {
    // As Debian's cron 3.0pl1-162 logged them.
    CHECK(collector::host::as_cron_prints("echo \"\303\244 a%b\"") == R"(echo "\303\244 a%b")");
    CHECK(collector::host::as_cron_prints("echo a\tb \\y \x7f c)d (x) >/dev/null ") ==
          R"(echo a^Ib \y ^? c)d (x) >/dev/null )");
}
