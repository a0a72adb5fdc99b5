// Is a host's ledger right where schedules hang together: anacron and cron, links and masks, users and homes?
// Whole servers are in tests/golden.
#include "throwaway_root.hpp"

#include <collector/host/ledger.hpp>
#include <collector/host/schedules.hpp>
#include <model/vocabulary.hpp>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <map>

using namespace fwlearn;
using namespace std::chrono_literals;
using collector::host::read_ledger;
using model::Schedule;
using model::ScheduleState;

namespace {

const model::Timestamp now = *model::parse_rfc3339("2026-03-27T12:00:00Z"); // a Friday

/// What the ledger has under this name; there has to be one.
Schedule find(const std::vector<Schedule>& ledger, const std::string& name) {
    const Schedule* found = nullptr;
    for (const auto& schedule : ledger) {
        if (schedule.task.name.raw_bytes() == name) {
            CHECK(found == nullptr);
            found = &schedule;
        }
    }
    INFO(name);
    REQUIRE(found != nullptr);
    return *found;
}

/// state, period in seconds, next run.
std::string brief(const std::vector<Schedule>& ledger, const std::string& name) {
    const auto schedule = find(ledger, name);
    return std::string(model::to_word(schedule.state)) + " " +
           (schedule.period ? std::to_string(schedule.period->count()) : "-") + " " +
           (schedule.next_run ? model::to_rfc3339(*schedule.next_run).substr(0, 16) : "-");
}

bool has(const std::vector<Schedule>& ledger, const std::string& name) {
    return std::any_of(ledger.begin(), ledger.end(),
                       [&name](const Schedule& schedule) { return schedule.task.name.raw_bytes() == name; });
}

void in_berlin(const ThrowawayRoot& root) {
    root.link("etc/localtime", "/usr/share/zoneinfo/Europe/Berlin");
}

const char* const debian_crontab =
    "17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n"
    "25 6\t* * *\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }\n";

} // namespace

TEST_CASE("a host without anything has an empty ledger, and so has one that is not there") {
    const ThrowawayRoot root;
    CHECK(read_ledger(root.path(), now).empty());
    CHECK(read_ledger(root.path() / "nowhere", now).empty());
}

TEST_CASE("the scripts of a folder have the times of the line that runs it, which is none of its own") {
    const ThrowawayRoot root;
    root.write("etc/crontab", debian_crontab);
    root.write("etc/cron.hourly/h", "", 0755);
    root.write("etc/cron.daily/d", "", 0755);
    root.write("etc/cron.daily/d.sh", "", 0755); // run-parts takes no dot
    root.write("etc/cron.daily/off", "", 0644);
    root.write("etc/cron.weekly/w", "", 0755); // no line runs it
    auto ledger = read_ledger(root.path(), now);
    CHECK(ledger.size() == 4);
    CHECK(brief(ledger, "/etc/cron.hourly/h") == "enabled 3600 2026-03-27T12:17");
    CHECK(brief(ledger, "/etc/cron.daily/d") == "enabled 86400 2026-03-28T06:25");
    CHECK(brief(ledger, "/etc/cron.daily/off") == "disabled 86400 -");
    CHECK(brief(ledger, "/etc/cron.weekly/w") == "disabled - -");
    CHECK(find(ledger, "/etc/cron.daily/d").when.raw_bytes() == "25 6 * * *");
    CHECK(find(ledger, "/etc/cron.daily/d").kind == model::ScheduleKind::run_parts);

    // anacron stands in for the line, but it runs no such folder.
    root.write("usr/sbin/anacron", "", 0755);
    CHECK(brief(read_ledger(root.path(), now), "/etc/cron.daily/d") == "disabled - -");
    root.write("etc/anacrontab", "1 5 cron.daily run-parts --report /etc/cron.daily\n");
    ledger = read_ledger(root.path(), now);
    CHECK(find(ledger, "/etc/cron.daily/d").state == ScheduleState::enabled);
    CHECK(find(ledger, "/etc/cron.daily/d").period == 24h);
    CHECK(find(ledger, "/etc/cron.daily/d").delay == 5min);
    CHECK(find(ledger, "/etc/cron.daily/d").when.raw_bytes() == "1 5");
    CHECK(!has(ledger, "/etc/anacrontab:1"));
    // A crontab that cron refuses runs nothing; anacron goes on.
    root.write("etc/crontab", std::string(debian_crontab) + "61 * * * * root x\n");
    ledger = read_ledger(root.path(), now);
    CHECK(brief(ledger, "/etc/cron.hourly/h") == "disabled 3600 -");
    CHECK(find(ledger, "/etc/cron.daily/d").state == ScheduleState::enabled);
}

TEST_CASE("anacron's job is due by its stamp, at the first start of anacron on that day") {
    const ThrowawayRoot root;
    root.write("usr/sbin/anacron", "", 0755);
    root.write("etc/anacrontab",
               "3 5 backup /usr/local/bin/backup\n@monthly 1 month m\n7 1 new n\n7 1 ahead a\n");
    root.write("var/spool/anacron/backup", "20260326\n");
    root.write("var/spool/anacron/month", "20260215\n");
    root.write("var/spool/anacron/ahead", "20260401\n");
    root.write("var/spool/anacron/new", "2026");
    // Nothing starts anacron: from the day's beginning on.
    auto ledger = read_ledger(root.path(), now);
    CHECK(brief(ledger, "/etc/anacrontab:1") == "enabled 259200 2026-03-29T00:00");
    CHECK(brief(ledger, "/etc/anacrontab:2") == "enabled 2678400 -"); // overdue
    CHECK(model::to_rfc3339(*find(ledger, "/etc/anacrontab:1").last_run) == "2026-03-26T00:00:00.000Z");
    root.write("lib/systemd/system/anacron.timer", "[Timer]\nOnCalendar=*-*-* 07..23:30\n");
    root.write("lib/systemd/system/anacron.service", "[Service]\nExecStart=/usr/sbin/anacron -s\n");
    root.link("etc/systemd/system/timers.target.wants/anacron.timer", "/lib/systemd/system/anacron.timer");
    ledger = read_ledger(root.path(), now);
    CHECK(brief(ledger, "/etc/anacrontab:1") == "enabled 259200 2026-03-29T07:30");
    CHECK(brief(ledger, "/etc/anacrontab:2") == "enabled 2678400 2026-03-27T12:30");
    CHECK(brief(ledger, "/etc/anacrontab:3") == "enabled 604800 2026-03-27T12:30");
    CHECK(brief(ledger, "/etc/anacrontab:4") == "enabled 604800 2026-03-27T12:30");
    CHECK(!find(ledger, "/etc/anacrontab:3").last_run);
    CHECK(!find(ledger, "/etc/anacrontab:4").last_run);
    // What ran on 15 January runs on 12 February: as many days are over as February has.
    root.write("var/spool/anacron/month", "20260115\n");
    const auto january = *model::parse_rfc3339("2026-01-20T00:00:00Z");
    CHECK(brief(read_ledger(root.path(), january), "/etc/anacrontab:2") ==
          "enabled 2678400 2026-02-12T07:30");
}

TEST_CASE("a timer is started by a link of what is itself started") {
    const ThrowawayRoot root;
    const auto timer = [&root](const std::string& name, const std::string& owner) {
        root.write("etc/systemd/system/" + name + ".timer", "[Timer]\nOnCalendar=daily\n");
        if (!owner.empty()) {
            root.link("etc/systemd/system/" + owner + ".wants/" + name + ".timer", "../" + name + ".timer");
        }
    };
    timer("of-target", "timers.target");
    timer("of-nobody", "");
    timer("of-missing", "missing.service");
    timer("of-static", "static.service");
    timer("of-off", "off.service");
    timer("of-on", "on.service");
    timer("of-ring", "ring-a.service");
    timer("of-masked", "masked.service");
    root.write("etc/systemd/system/static.service", "[Service]\nExecStart=/x\n");
    root.write("etc/systemd/system/off.service", "[Install]\nWantedBy=multi-user.target\n");
    root.write("etc/systemd/system/on.service", "[Install]\nWantedBy=multi-user.target\n");
    root.link("etc/systemd/system/multi-user.target.wants/on.service", "../on.service");
    root.write("etc/systemd/system/ring-a.service", "[Install]\nWantedBy=ring-b.service\n");
    root.write("etc/systemd/system/ring-b.service", "[Install]\nWantedBy=ring-a.service\n");
    root.link("etc/systemd/system/ring-a.service.wants/ring-b.service", "../ring-b.service");
    root.link("etc/systemd/system/ring-b.service.wants/ring-a.service", "../ring-a.service");
    root.link("etc/systemd/system/masked.service", "/dev/null");
    // The administrator's link to /dev/null hides the package's.
    root.write("lib/systemd/system/hidden.timer", "[Timer]\nOnCalendar=daily\n");
    root.link("lib/systemd/system/timers.target.wants/hidden.timer", "../hidden.timer");
    root.link("etc/systemd/system/timers.target.wants/hidden.timer", "/dev/null");
    const auto ledger = read_ledger(root.path(), now);
    const auto state = [&ledger](const char* name) {
        return model::to_word(find(ledger, std::string(name) + ".timer").state);
    };
    CHECK(state("of-target") == "enabled");
    CHECK(state("of-nobody") == "disabled");
    CHECK(state("of-missing") == "disabled");
    CHECK(state("of-static") == "enabled");
    CHECK(state("of-off") == "disabled");
    CHECK(state("of-on") == "enabled");
    CHECK(state("of-ring") == "disabled");
    CHECK(state("of-masked") == "disabled");
    CHECK(state("hidden") == "disabled");
    CHECK(ledger.size() == 9);
}

TEST_CASE("of several timers of a service all have the task of the one that its runs are named after") {
    const ThrowawayRoot root;
    root.write("lib/systemd/system/a.timer", "[Timer]\nUnit=job.service\nOnCalendar=daily\n");
    root.write("lib/systemd/system/b.timer", "[Timer]\nUnit=job.service\nOnCalendar=weekly\n");
    root.write("lib/systemd/system/c.timer", "[Timer]\nUnit=job.service\nOnBootSec=5\n");
    root.link("lib/systemd/system/timers.target.wants/b.timer", "../b.timer");
    root.link("lib/systemd/system/timers.target.wants/c.timer", "../c.timer");
    const auto ledger = read_ledger(root.path(), now);
    REQUIRE(ledger.size() == 3);
    for (const auto& schedule : ledger) {
        CHECK(schedule.task.name.raw_bytes() == "b.timer");
    }
    CHECK(collector::host::Schedules::read(root.path()).timer_of(model::ForeignText("job.service")) ==
          ledger[0].task.name);
}

TEST_CASE(
    "of lines with the same command and user all have the task of the first, after which runs are named") {
    const ThrowawayRoot root;
    root.write("etc/crontab", "0 3 * * * root sync\n0 9 * * * root other\n0 15 * * * root sync\n"
                              "0 4 * * * daemon sync\n0 5 * * * root /etc/cron.daily/x\n");
    root.write("etc/passwd", "root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/:/bin/sh\n");
    root.write("etc/cron.d/z", "0 7 * * * root sync\n");
    root.write("etc/anacrontab", "1 5 other other\n");
    root.write("etc/cron.daily/x", "", 0755);
    const auto known = collector::host::Schedules::read(root.path());
    std::map<std::string, int> count;
    for (const auto& schedule : read_ledger(root.path(), now)) {
        ++count[schedule.task.name.raw_bytes()];
        if (const auto* job = known.job(schedule.command, *schedule.uid)) {
            CHECK(schedule.task.name.raw_bytes() ==
                  job->file.raw_bytes() + (job->line == 0 ? "" : ":" + std::to_string(job->line)));
        }
    }
    CHECK(count == std::map<std::string, int>{{"/etc/cron.d/z:1", 3},
                                              {"/etc/anacrontab:1", 2},
                                              {"/etc/crontab:4", 1},
                                              {"/etc/cron.daily/x", 2}});
}

TEST_CASE("an empty time resets those of every kind, and without any a timer is not loaded") {
    const ThrowawayRoot root;
    const auto timer = [&root](const std::string& name, const std::string& text) {
        root.write("etc/systemd/system/" + name + ".timer", "[Timer]\n" + text);
        root.link("etc/systemd/system/timers.target.wants/" + name + ".timer", "../" + name + ".timer");
    };
    timer("reset", "OnCalendar=daily\nOnBootSec=1\nOnUnitActiveSec=\nAccuracySec=2s\n");
    timer("again", "OnCalendar=weekly\nOnBootSec=\nOnCalendar=hourly\nOnUnitActiveSec=90\n");
    timer("never", "OnBootSec=infinity\n");
    timer("active", "OnActiveSec=30\nRandomizedDelaySec=1h 30min\nAccuracySec=\n");
    timer("least", "OnUnitActiveSec=1h\nOnUnitInactiveSec=10min\n");
    timer("change", "OnClockChange=yes\n");
    timer("unchanged", "OnClockChange=no\n");
    timer("utc", "OnCalendar=*-*-* 14:00 UTC\n");
    in_berlin(root);
    const auto ledger = read_ledger(root.path(), now);
    CHECK(brief(ledger, "reset.timer") == "disabled - -");
    CHECK(find(ledger, "reset.timer").when.empty());
    CHECK(find(ledger, "again.timer").period == 90s);
    CHECK(find(ledger, "again.timer").when.raw_bytes() == "OnCalendar=hourly; OnUnitActiveSec=90");
    CHECK(find(ledger, "again.timer").next_run == now + 1h);
    CHECK(brief(ledger, "never.timer") == "disabled - -");
    CHECK(brief(ledger, "active.timer") == "at boot - -");
    CHECK(find(ledger, "active.timer").delay == 91min);
    CHECK(find(ledger, "active.timer").time_zone.empty());
    CHECK(brief(ledger, "least.timer") == "enabled 600 -");
    CHECK(brief(ledger, "change.timer") == "at boot - -");
    CHECK(brief(ledger, "unchanged.timer") == "disabled - -");
    CHECK(brief(ledger, "utc.timer") == "enabled 86400 2026-03-27T14:00");
    CHECK(find(ledger, "utc.timer").time_zone.raw_bytes() == "UTC");
}

TEST_CASE("only cronie reads CRON_TZ, and no cron reads TZ for its times") {
    const ThrowawayRoot root;
    root.write(
        "etc/cron.d/x",
        "TZ=Asia/Tokyo\nCRON_TZ=Europe/London\n0 14 * * * root a\nCRON_TZ=No/Where\n0 14 * * * root b\n");
    in_berlin(root);
    CHECK(brief(read_ledger(root.path(), now), "/etc/cron.d/x:3") == "enabled 86400 2026-03-27T13:00");
    root.write("usr/sbin/crond", "", 0755);
    const auto ledger = read_ledger(root.path(), now);
    CHECK(brief(ledger, "/etc/cron.d/x:3") == "enabled 86400 2026-03-27T14:00");
    CHECK(find(ledger, "/etc/cron.d/x:3").time_zone.raw_bytes() == "Europe/London");
    CHECK(brief(ledger, "/etc/cron.d/x:5") == "enabled 86400 2026-03-27T13:00");
    CHECK(find(ledger, "/etc/cron.d/x:5").time_zone.raw_bytes() == "Europe/Berlin");
}

TEST_CASE("cronie's crontabs are where it looks for them, and a mistake in one calls nothing else off") {
    const ThrowawayRoot root;
    root.write("etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n");
    for (const auto* const name : {"backup.daily", "old.rpmsave", "left~", "#draft"}) {
        root.write(std::string("etc/cron.d/") + name, "every day\n15~45 4 * * * root x\n");
    }
    root.write("var/spool/cron/ann", "0 5 * * * sync\n");
    const auto is_known = [&](const std::string& name) {
        const auto ledger = read_ledger(root.path(), now);
        return std::any_of(ledger.begin(), ledger.end(),
                           [&](const Schedule& schedule) { return schedule.task.name.raw_bytes() == name; });
    };
    CHECK_FALSE(is_known("/etc/cron.d/backup.daily:2"));
    CHECK_FALSE(is_known("/var/spool/cron/ann:1"));
    root.write("usr/sbin/crond", "", 0755);
    const auto ledger = read_ledger(root.path(), now);
    CHECK(ledger.size() == 2);
    const auto backup = find(ledger, "/etc/cron.d/backup.daily:2");
    CHECK(backup.state == ScheduleState::enabled);
    CHECK(backup.delay == 30min);
    CHECK(backup.period == 24h);
    const auto sync = find(ledger, "/var/spool/cron/ann:1");
    CHECK(sync.state == ScheduleState::enabled);
    CHECK(sync.uid == 1000U);
}

TEST_CASE("where a whole system has no cron and no atd, their schedules are disabled") {
    const ThrowawayRoot root;
    root.write("etc/crontab", "@daily root x\n@reboot root y\n");
    root.write("var/spool/cron/atjobs/a0000301c7f046", "", 0700);
    CHECK(find(read_ledger(root.path(), now), "/etc/crontab:1").state == ScheduleState::enabled);
    root.write("bin/sh", "", 0755);
    for (const auto& schedule : read_ledger(root.path(), now)) {
        CHECK(schedule.state == ScheduleState::disabled);
        CHECK(!schedule.next_run);
    }
    root.write("usr/sbin/cron", "", 0755);
    CHECK(find(read_ledger(root.path(), now), "/etc/crontab:2").state == ScheduleState::at_boot);
}

TEST_CASE("what users have in their homes is theirs, and blocks nothing") {
    const ThrowawayRoot root;
    root.write("etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n"
                             "twin:x:1000:1000::/home/twin:/bin/sh\nodd:x:1002:1002::relative:/bin/sh\n"
                             "../../etc:x:1003:1003::/nowhere:/bin/sh\n");
    const std::string units = "home/ann/.config/systemd/user/";
    root.write(units + "a.timer", "[Timer]\nOnCalendar=daily\n");
    root.link(units + "timers.target.wants/a.timer", "/home/ann/.config/systemd/user/a.timer");
    root.write(units + "cron.timer", "[Timer]\nOnCalendar=daily\nUnit=cron.service\n");
    root.write(units + "cron.service", "[Service]\nUser=root\nExecStart=/usr/sbin/cron\n");
    REQUIRE(mkfifo((root.path() / (units + "fifo.timer")).c_str(), 0600) == 0);
    root.link(units + "loop.timer", "loop.timer");
    root.link(units + "self.timer", "a.timer");
    root.link(units + "out.timer", "../../../../../../../../../etc/passwd");
    root.write("home/twin/.config/systemd/user/t.timer", "[Timer]\nOnCalendar=daily\n");
    auto ledger = read_ledger(root.path(), now);
    CHECK(ledger.size() == 3);
    CHECK(find(ledger, "a.timer (uid 1000)").kind == model::ScheduleKind::user_timer);
    // His manager runs while he is logged in; where he lingers always.
    CHECK(brief(ledger, "a.timer (uid 1000)") == "at boot 86400 -");
    CHECK(find(ledger, "cron.timer (uid 1000)").uid == 1000U);
    CHECK(find(ledger, "out.timer (uid 1000)").state == ScheduleState::disabled);
    root.write("var/lib/systemd/linger/ann", "");
    CHECK(brief(read_ledger(root.path(), now), "a.timer (uid 1000)") == "enabled 86400 2026-03-28T00:00");
}

TEST_CASE("however many schedules a user has, the system's are in the ledger") {
    const ThrowawayRoot root;
    root.write("etc/passwd", "ann:x:1000:1000::/home/ann:/bin/sh\n");
    root.write("etc/crontab", "@daily root system\n");
    root.write("lib/systemd/system/s.timer", "[Timer]\nOnCalendar=daily\n");
    std::string lines;
    for (int i = 0; i < 11'000; ++i) {
        lines += "* * * * * x" + std::to_string(i) + "\n";
        if (i < 1'400) {
            root.write("home/ann/.config/systemd/user/" + std::to_string(i) + ".timer",
                       "[Timer]\nOnCalendar=daily\n");
        }
    }
    root.write("var/spool/cron/crontabs/ann", lines);
    const auto ledger = read_ledger(root.path(), now);
    CHECK(find(ledger, "s.timer").period == 24h);
    CHECK(find(ledger, "/etc/crontab:1").period == 24h);
    CHECK(find(ledger, "/etc/crontab:1").next_run);
    CHECK(ledger.size() == 1 + 1 + 2 * 1'250);
    // What there was no time to look ahead of is not called off by that.
    const auto unknown = find(ledger, "/var/spool/cron/crontabs/ann:1250");
    CHECK_FALSE(unknown.next_run);
    CHECK(unknown.state == model::ScheduleState::enabled);
}

TEST_CASE("however large a user's files are, the system's are read") {
    const ThrowawayRoot root;
    root.write("etc/passwd", "ann:x:1000:1000::/home/ann:/bin/sh\n");
    root.write("etc/crontab", "@monthly root system\n");
    const std::string own = "home/ann/.config/systemd/user/";
    root.write(own + "0.timer", "[Timer]\nOnCalendar=daily\n" + std::string(1'000'000, '#') + "\n");
    for (int i = 1; i < 70; ++i) {
        std::filesystem::create_hard_link(root.path() / (own + "0.timer"),
                                          root.path() / (own + std::to_string(i) + ".timer"));
    }
    CHECK(find(read_ledger(root.path(), now), "/etc/crontab:1").next_run);
    const auto schedules = collector::host::Schedules::read(root.path());
    CHECK(schedules.job(model::ForeignText("system"), 0) != nullptr);
}

TEST_CASE("a range that ends before it begins is nothing, and calls no other line of its file off") {
    const ThrowawayRoot root;
    root.write("etc/crontab", "0 22-6 * * * root never\n0 3 1 * * root monthly\n");
    const auto ledger = read_ledger(root.path(), now);
    CHECK(find(ledger, "/etc/crontab:1").state == model::ScheduleState::disabled);
    CHECK(find(ledger, "/etc/crontab:2").state == model::ScheduleState::enabled);
    CHECK(find(ledger, "/etc/crontab:2").next_run);
}

TEST_CASE("scripts that a user's line runs carry his number") {
    const ThrowawayRoot root;
    root.write("etc/passwd", "ann:x:1000:1000::/home/ann:/bin/sh\n");
    root.write("etc/crontab", "@daily ann run-parts /srv/jobs\n");
    root.write("srv/jobs/send", "#!/bin/sh\n");
    CHECK(find(read_ledger(root.path(), now), "/srv/jobs/send (uid 1000)").uid == 1000);
}

TEST_CASE("run-parts with names of another kind runs those, and what cannot be told stays a line") {
    const ThrowawayRoot root;
    root.write("etc/crontab", "0 3 1 * * root run-parts --regex='\\.sh$' /opt/weekly\n"
                              "0 4 1 * * root run-parts --lsbsysinit /opt/lsb\n"
                              "0 5 1 * * root run-parts --regex '^(a{1,99}){1,99}$' /opt/dear\n");
    for (const auto* script :
         {"opt/weekly/push.sh", "opt/weekly/plain", "opt/lsb/org.example-job", "opt/lsb/Not"}) {
        root.write(script, "#!/bin/sh\n");
    }
    const auto ledger = read_ledger(root.path(), now);
    CHECK(has(ledger, "/opt/weekly/push.sh"));
    CHECK_FALSE(has(ledger, "/opt/weekly/plain"));
    CHECK_FALSE(has(ledger, "/etc/crontab:1"));
    CHECK(has(ledger, "/opt/lsb/org.example-job"));
    CHECK_FALSE(has(ledger, "/opt/lsb/Not"));
    CHECK(has(ledger, "/etc/crontab:3"));
}
