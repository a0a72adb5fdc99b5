// Are timers and cron jobs found where they are, with file and line?
#include "throwaway_root.hpp"

#include <collector/host/schedules.hpp>

#include <doctest/doctest.h>
#include <sys/stat.h>

using namespace fwlearn;
using collector::host::Schedules;

namespace {

using Root = ThrowawayRoot;

model::ForeignText text(const char* bytes) {
    return model::ForeignText(bytes);
}

std::string place(const Schedules& schedules, const char* command, std::uint32_t uid = 0) {
    const auto* job = schedules.job(text(command), uid);
    return job == nullptr ? "none" : job->file.raw_bytes() + ":" + std::to_string(job->line);
}

std::string timer(const Schedules& schedules, const char* unit) {
    const auto found = schedules.timer_of(text(unit));
    return found ? found->raw_bytes() : "none";
}

} // namespace

TEST_CASE("cron jobs are known by file and line") {
    const Root root;
    root.write("etc/crontab",
               "# a comment\nSHELL=/bin/sh\nPATH=/bin\n\n17 *\t* * *\troot\tcd / && run-parts --report "
               "/etc/cron.hourly\n25 6 * * * root test -x /usr/sbin/anacron || { cd / && run-parts "
               "--report /etc/cron.daily; }\n");
    root.write("etc/cron.d/backup",
               "MAILTO=\"\"\n*/5 * * * * www-data /usr/local/bin/backup --all\n@daily root echo "
               "100\\% done%input\n");
    root.write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/sh\n"
                             "alice:x:1000:1000::/home/alice:/bin/sh\nbob:x:1001:1001::/home/bob:/bin/sh\n");
    root.write("var/spool/cron/crontabs/bob", "@daily sync\n");
    root.write("var/spool/cron/crontabs/carol", "@daily sync\n@daily only-carol\n"); // not in passwd
    root.write("etc/cron.d/old.dpkg-dist", "* * * * * root /old\n");
    root.write("etc/cron.daily/apt-compat", "#!/bin/sh\n");
    root.write("var/spool/cron/crontabs/alice",
               "0-30/10 1,2 * jan mon-fri  /home/alice/x  y \n@daily sync\n* * * *\n");
    const auto schedules = Schedules::read(root.path());
    CHECK(place(schedules, "cd / && run-parts --report /etc/cron.hourly") == "/etc/crontab:5");
    CHECK(place(schedules, "test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }") ==
          "/etc/crontab:6");
    CHECK(place(schedules, "/usr/local/bin/backup --all", 33) == "/etc/cron.d/backup:2");
    CHECK(place(schedules, "/usr/local/bin/backup --all", 0) == "none");
    CHECK(place(schedules, "/usr/local/bin/backup --all", 1000) == "none");
    CHECK(place(schedules, "echo 100% done") == "/etc/cron.d/backup:3");
    CHECK(place(schedules, "/old") == "none");
    CHECK(place(schedules, "/etc/cron.daily/apt-compat") == "/etc/cron.daily/apt-compat:0");
    CHECK(place(schedules, "/home/alice/x  y ", 1000) == "/var/spool/cron/crontabs/alice:1");
    // The same line of several users.
    CHECK(place(schedules, "sync", 1000) == "/var/spool/cron/crontabs/alice:2");
    CHECK(place(schedules, "sync", 1001) == "/var/spool/cron/crontabs/bob:1");
    CHECK(place(schedules, "sync", 5000) == "/var/spool/cron/crontabs/carol:1");
    CHECK(place(schedules, "sync", 0) == "none");
    CHECK(place(schedules, "only-carol", 5000) == "/var/spool/cron/crontabs/carol:2");
    CHECK(schedules.jobs().size() == 10);
}

TEST_CASE("timers are known by the service that they trigger") {
    const Root root;
    root.write("lib/systemd/system/apt-daily.timer", "[Timer]\nOnCalendar=daily\n");
    root.write("usr/lib/systemd/system/certbot.timer", "[Timer]\nUnit=certbot-renew.service\n");
    root.write("etc/systemd/system/certbot.timer", "[Timer]\n Unit = certbot.service \n");
    root.write("lib/systemd/system/dump@.timer", "[Timer]\nOnCalendar=weekly\n");
    root.write("lib/systemd/system/moved.timer", "[Unit]\nUnit=wrong.service\n[Timer]\nOnBootSec=1\n");
    root.write("etc/systemd/system/moved.timer.d/50.conf", "[Timer]\nUnit=elsewhere.service\n");
    root.write("lib/systemd/system/masked.timer", "[Timer]\n");
    std::filesystem::create_symlink("/dev/null", root.path() / "etc/systemd/system/masked.timer");
    std::filesystem::create_symlink("loop.timer", root.path() / "etc/systemd/system/loop.timer");
    const auto schedules = Schedules::read(root.path());
    const auto timer = [&](const char* unit) { return ::timer(schedules, unit); };
    CHECK(timer("apt-daily.service") == "apt-daily.timer");
    CHECK(timer("certbot.service") == "certbot.timer");
    CHECK(timer("certbot-renew.service") == "none");
    CHECK(timer("dump@srv.service") == "dump@srv.timer");
    CHECK(timer("elsewhere.service") == "moved.timer");
    CHECK(timer("moved.service") == "none");
    CHECK(timer("wrong.service") == "none");
    CHECK(timer("masked.service") == "none");
    CHECK(timer("nginx.service") == "none");
    CHECK(timer("loop.service") == "none");
}

TEST_CASE("of several Unit= the first counts, and drop-ins are read by name with the first folder's on top") {
    const Root root;
    root.write("lib/systemd/system/twice.timer",
               "[Timer]\nUnit=\nUnit=notaunit\nUnit=a.service\nUnit=b.service\n");
    root.write("lib/systemd/system/has.timer", "[Timer]\nUnit=main.service\n");
    root.write("etc/systemd/system/has.timer.d/1.conf", "[Timer]\nUnit=other.service\n");
    root.write("lib/systemd/system/order.timer", "[Timer]\n");
    root.write("lib/systemd/system/order.timer.d/50.conf", "[Timer]\nUnit=lib.service\n");
    root.write("etc/systemd/system/order.timer.d/50.conf", "[Timer]\nUnit=etc.service\n");
    root.write("etc/systemd/system/order.timer.d/60.conf", "[Timer]\nUnit=late.service\n");
    root.write("lib/systemd/system/quiet.timer", "[Timer]\n");
    root.write("lib/systemd/system/quiet.timer.d/1.conf", "[Timer]\nUnit=loud.service\n");
    std::filesystem::create_directories(root.path() / "etc/systemd/system/quiet.timer.d");
    std::filesystem::create_symlink("/dev/null", root.path() / "etc/systemd/system/quiet.timer.d/1.conf");
    const auto schedules = Schedules::read(root.path());
    CHECK(timer(schedules, "a.service") == "twice.timer");
    CHECK(timer(schedules, "b.service") == "none");
    CHECK(timer(schedules, "main.service") == "has.timer");
    CHECK(timer(schedules, "other.service") == "none");
    CHECK(timer(schedules, "etc.service") == "order.timer");
    CHECK(timer(schedules, "lib.service") == "none");
    CHECK(timer(schedules, "late.service") == "none");
    CHECK(timer(schedules, "quiet.service") == "quiet.timer");
}

TEST_CASE("timers that are masked, unreadable or another's name trigger nothing") {
    const Root root;
    root.write("lib/systemd/system/empty.timer", "[Timer]\n");
    root.write("etc/systemd/system/empty.timer", "");
    root.write("etc/systemd/system/huge.timer", "[Timer]\n" + std::string(2U << 20U, '#'));
    std::filesystem::create_directories(root.path() / "etc/systemd/system/folder.timer");
    root.write("lib/systemd/system/folder.timer", "[Timer]\nUnit=below.service\n");
    root.write("lib/systemd/system/zeta.timer", "[Timer]\nUnit=job.service\n");
    std::filesystem::create_symlink("../../../lib/systemd/system/zeta.timer",
                                    root.path() / "etc/systemd/system/alpha.timer");
    const auto schedules = Schedules::read(root.path());
    CHECK(timer(schedules, "empty.service") == "none");
    CHECK(timer(schedules, "huge.service") == "none");
    CHECK(timer(schedules, "folder.service") == "none");
    CHECK(timer(schedules, "below.service") == "folder.timer");
    CHECK(timer(schedules, "job.service") == "zeta.timer");
    CHECK(timer(schedules, "alpha.service") == "none");
}

TEST_CASE("an instance is triggered by the same instance of a timer") {
    const Root root;
    root.write("lib/systemd/system/dump@.timer", "[Timer]\nUnit=run-%p@%i.service\n");
    root.write("lib/systemd/system/copy@.timer", "[Timer]\nUnit=copy.service\n");
    root.write("lib/systemd/system/sync@.timer", "[Timer]\n");
    std::filesystem::create_directories(root.path() / "etc/systemd/system");
    std::filesystem::create_symlink("../../../lib/systemd/system/sync@.timer",
                                    root.path() / "etc/systemd/system/sync@a.timer");
    const auto schedules = Schedules::read(root.path());
    CHECK(timer(schedules, "run-dump@srv.service") == "dump@srv.timer");
    CHECK(timer(schedules, "dump@srv.service") == "none");
    CHECK(timer(schedules, "copy.service") == "copy@.timer");
    CHECK(timer(schedules, "sync@a.service") == "sync@a.timer");
    CHECK(timer(schedules, "sync@b.service") == "sync@b.timer");
    CHECK(timer(schedules, "sync@.service") == "sync@.timer");
    CHECK(timer(schedules, "@.service") == "none");
    CHECK(timer(schedules, "a@b") == "none");
}

TEST_CASE("what is beyond 10,000 entries of a folder or a crontab counts as not there") {
    const Root root;
    std::string text;
    for (int i = 0; i < 10'005; ++i) {
        text += "@daily root /x" + std::to_string(i) + "\n";
    }
    root.write("etc/crontab", text);
    root.write("etc/cron.daily/late", "");
    const auto schedules = Schedules::read(root.path());
    CHECK(schedules.jobs().size() == 10'001);
    CHECK(place(schedules, "/x9999") == "/etc/crontab:10000");
    CHECK(place(schedules, "/x10000") == "none");
    CHECK(place(schedules, "/etc/cron.daily/late") == "/etc/cron.daily/late:0");
}

TEST_CASE("a percent sign ends a command unless a backslash of its own is before it") {
    const Root root;
    root.write("etc/crontab",
               "@daily root a\\%b\n@daily root c%d\n@daily root e\\\\%f\n@daily root g\\h\\\n");
    const auto jobs = Schedules::read(root.path()).jobs();
    REQUIRE(jobs.size() == 4);
    CHECK(jobs[0].command.raw_bytes() == "a%b");
    CHECK(jobs[1].command.raw_bytes() == "c");
    CHECK(jobs[2].command.raw_bytes() == "e\\");
    CHECK(jobs[3].command.raw_bytes() == "g\\h\\");
}

TEST_CASE("a host without schedules, or with unreadable ones, has none") {
    const Root root;
    CHECK(Schedules::read(root.path()).jobs().empty());
    std::filesystem::create_directories(root.path() / "etc/crontab");
    std::filesystem::create_directories(root.path() / "etc/cron.d/folder");
    root.write("etc/cron.d/huge", "@daily root x\n" + std::string(2U << 20U, '#'));
    REQUIRE(mkfifo((root.path() / "etc/cron.d/fifo").c_str(), 0600) == 0);
    std::filesystem::create_symlink("loop", root.path() / "etc/cron.d/loop");
    std::filesystem::create_symlink("cron.daily", root.path() / "etc/cron.daily");
    root.write("var/spool/cron/crontabs/odd", std::string("\0\xff\n* * * * *\n@reboot\n", 20));
    CHECK(Schedules::read(root.path()).jobs().empty());
}
