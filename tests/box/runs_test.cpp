// Does the record say when a server's tasks ran, by its own journal, and only those that did?
#include "box.hpp"
#include "jobs.hpp"

#include <sql/reader.hpp>

#include <doctest/doctest.h>
#include <ground/wait_for_file.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <fstream>
#include <map>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using model::TaskKind;

namespace {

namespace fs = std::filesystem;

/// What runs by the clock here is in these; nothing of it sends anything. The jobs of cron say by a pipe that
/// they run, so that the test can wait for the minute, and stay until they are told that journald has looked
/// at them.
constexpr const char* crontab = R"(SHELL=/bin/sh
* * * * *	root	echo ran >/run/line-ran; cat /run/line-seen; exit 3
* * * * *	root	cd / && run-parts --report /etc/cron.quick
0 0 1 1 *	root	/opt/box/yearly
)";
/// It says so as well where a job fails.
constexpr const char* cron_options = "EXTRA_OPTS='-L 5'\n";
constexpr const char* until_cron_says_so =
    "grep -q -m 1 'failed with exit status 3' < <(exec journalctl -f -n all -o cat SYSLOG_IDENTIFIER=CRON)";
constexpr const char* script = "#!/bin/sh\necho ran >/run/script-ran\ncat /run/script-seen\n";
constexpr const char* once_timer = "[Timer]\nOnActiveSec=1s\nAccuracySec=1ms\n";
constexpr const char* once_service =
    "[Unit]\nOnSuccess=ended@once.service\n[Service]\nType=oneshot\nExecStart=/bin/true\n";
constexpr const char* broken_service =
    "[Unit]\nOnFailure=ended@broken.service\n[Service]\nType=oneshot\nExecStart=/bin/false\n";
/// It works when it is started again, which mostly is in the same minute.
constexpr const char* again_service =
    "[Unit]\nOnSuccess=ended@again.service\n[Service]\nType=oneshot\nRestart=on-failure\n"
    "ExecStart=/bin/sh -c '[ -e /run/again ] || { touch /run/again; exit 1; }'\n";
/// What systemd starts once it has said how another one ended.
constexpr const char* ended_service = "[Service]\nType=oneshot\nExecStart=touch /var/lib/fwlearn/%i-ended\n";
constexpr const char* yearly_timer = "[Timer]\nOnCalendar=yearly\n";
constexpr const char* yearly_service = "[Service]\nExecStart=/bin/true\n";
constexpr const char* mine_service = "[Service]\nExecStart=touch /home/alice/mine-ran\n";

/// Journal fields as anybody can send them to journald.
constexpr const char* forged_start = R"(MESSAGE_ID=7d4958e842da4a758f6c1cdc7b36dcc5
MESSAGE=Starting yearly.service...
UNIT=yearly.service
INVOCATION_ID=b4a46b0d92e94c94ac5801846435dc20
_PID=1
_UID=0
SYSLOG_IDENTIFIER=systemd
JOB_TYPE=start
)";

class Server {
  public:
    Server() : layer_(FWLEARN_BOX_IMAGE) {
        const auto etc = layer_.root() / "etc";
        for (const auto* unit : {"anacron.timer", "anacron.service", "apt-daily.timer",
                                 "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer",
                                 "tiny.timer", "weekly.timer", "fstrim.timer", "logrotate.timer"}) {
            fs::remove(etc / "systemd/system" / unit);
            fs::create_symlink("/dev/null", etc / "systemd/system" / unit);
        }
        fs::remove_all(etc / "cron.d");
        fs::remove_all(layer_.root() / "var/spool/cron/crontabs");
        write(etc / "crontab", crontab);
        write(etc / "default/cron", cron_options);
        write(etc / "cron.quick/report", script);
        timer(etc / "systemd/system", "once", once_timer, once_service);
        timer(etc / "systemd/system", "broken", once_timer, broken_service);
        timer(etc / "systemd/system", "again", once_timer, again_service);
        write(etc / "systemd/system/ended@.service", ended_service);
        timer(etc / "systemd/system", "yearly", yearly_timer, yearly_service);
        timer(layer_.root() / "home/alice/.config/systemd/user", "mine", once_timer, mine_service);
        write(layer_.root() / "forged", forged_start);
        box_ = std::make_unique<Box>(
            lab_, layer_,
            std::vector<Bind>{{FWLEARN_PROGRAM, "/usr/bin/fwlearn"},
                              {FWLEARN_BOX_SEND, job},
                              {FWLEARN_UNIT, "/etc/systemd/system/fwlearn-observe.service"}});
    }

    std::string run(const std::vector<std::string>& command) const { return box_->run(command); }
    fs::path path(const std::string& file) const { return layer_.root() / file; }

  private:
    static void write(const fs::path& file, const std::string& content) {
        fs::create_directories(file.parent_path());
        std::ofstream(file) << content;
    }

    static void timer(const fs::path& folder, const std::string& name, const char* timer,
                      const char* service) {
        write(folder / (name + ".timer"), timer);
        write(folder / (name + ".service"), service);
        fs::create_directories(folder / "timers.target.wants");
        fs::create_symlink("../" + name + ".timer", folder / "timers.target.wants" / (name + ".timer"));
    }

    Lab lab_;
    Layer layer_;
    std::unique_ptr<Box> box_;
};

} // namespace

TEST_CASE("on a booted server the record has the runs of timers, of users' timers and of cron, and none that "
          "was forged") {
    const Server server;
    REQUIRE(server.run({"systemctl", "is-active", "fwlearn-observe"}) == "active\n");
    server.run({"mkfifo", "/run/line-ran", "/run/script-ran", "/run/line-seen", "/run/script-seen"});
    for (const auto* user : {"root", "alice"}) {
        server.run({"runuser", "-u", user, "--", "logger", "-t", "CRON", "(root) CMD (/opt/box/yearly)"});
        server.run({"runuser", "-u", user, "--", "logger", "--journald=/forged"});
    }
    // A program of alice's that is called cron is not root's.
    server.run({"runuser", "-u", "alice", "--", "sh", "-c",
                "cp /usr/bin/logger /tmp/cron && /tmp/cron -t CRON '(root) CMD (/opt/box/yearly)'"});
    server.run({"systemd-run", "--quiet", "--unit=later", "--on-active=1h", "true"});
    for (const auto* unit : {"once", "broken", "again"}) {
        wait_for_file(server.path(std::string("var/lib/fwlearn/") + unit + "-ended"));
    }
    wait_for_file(server.path("home/alice/mine-ran"));
    for (const auto* pipe : {"/run/line-ran", "/run/script-ran"}) {
        CHECK(server.run({"cat", pipe}) == "ran\n");
    }
    server.run({"journalctl", "--sync"});
    for (const auto* pipe : {"/run/line-seen", "/run/script-seen"}) {
        server.run({"sh", "-c", std::string("echo seen >") + pipe});
    }
    server.run({"bash", "-c", until_cron_says_so});
    // By what it says: who said it the journal looks up in /proc, where a logger may be gone already.
    const std::string starting = "Starting yearly.service...\n";
    CHECK(server.run({"journalctl", "-o", "cat", "--no-pager", "MESSAGE=Starting yearly.service..."})
              .starts_with(starting));
    server.run({"systemctl", "stop", "fwlearn-observe"});
    const auto status = server.run({"fwlearn", "status"});
    MESSAGE(status);
    CHECK(status.find("runs        known by the journal\n") != std::string::npos);

    const auto record = sql::Reader(server.path("var/lib/fwlearn/flows.db")).read();
    REQUIRE(record.observations.size() == 1);
    std::map<model::Task, int> minutes;
    std::map<model::Task, int> failed; // those in which none went well
    for (const auto& runs : record.runs) {
        const auto& task = record.identities.task(runs.task);
        minutes[task] += std::popcount(runs.minutes);
        failed[task] += std::popcount(runs.failed & ~runs.succeeded);
        CHECK((runs.succeeded & ~runs.minutes) == 0);
        CHECK((runs.failed & ~runs.minutes) == 0);
        CHECK(runs.hour >= model::hour_of(record.observations.front().started));
        CHECK(runs.hour <= model::hour_of(record.observations.front().last_alive));
    }
    auto uid = server.run({"id", "-u", "alice"});
    uid.erase(uid.find_last_not_of('\n') + 1);
    for (const auto& [task, count] : minutes) {
        MESSAGE(for_terminal(task.name) << " ran in " << count);
    }
    const model::Task line{TaskKind::cron, model::ForeignText("/etc/crontab:2")};
    const model::Task part{TaskKind::cron, model::ForeignText("/etc/cron.quick/report")};
    const model::Task broken{TaskKind::timer, model::ForeignText("broken.timer")};
    const model::Task again{TaskKind::timer, model::ForeignText("again.timer")};
    // Cron may have come to a second minute meanwhile, with both of its lines; and so may a second start.
    const int by_cron = std::max(1, minutes[line]);
    const int started_again = std::clamp(minutes[again], 1, 2);
    CHECK(minutes == std::map<model::Task, int>{
                         {line, by_cron},
                         {part, by_cron},
                         {{TaskKind::timer, model::ForeignText("once.timer")}, 1},
                         {{TaskKind::timer, model::ForeignText("mine.timer (uid " + uid + ")")}, 1},
                         {broken, 1},
                         {again, started_again},
                     });
    CHECK(failed[broken] == 1);
    CHECK(failed[line] >= 1); // not yet, of one that began meanwhile
    failed.erase(line);
    CHECK(failed[again] == started_again - 1);
    std::erase_if(failed, [](const auto& of_task) { return of_task.second == 0; });
    CHECK(failed.size() == (started_again == 1 ? 1U : 2U));
    const auto coverage = nlohmann::json::parse(server.run({"sh", "-c", "fwlearn coverage --json || true"}));
    std::map<std::string, std::string> states;
    for (const auto& schedule : coverage["schedule"]) {
        states[schedule["name"]] = schedule["state"];
    }
    CHECK(states["broken.timer"] == "failed");
    if (by_cron == 1) {
        CHECK(states["/etc/crontab:2"] == "failed");
    }
    CHECK(states["/etc/cron.quick/report"] == "without egress");
    CHECK(states["again.timer"] == "without egress");

    // What systemd alone says: a timer without a file, and when it is due.
    const auto later =
        std::find_if(record.schedules.begin(), record.schedules.end(), [](const auto& schedule) {
            return schedule.task.name == model::ForeignText("later.timer");
        });
    REQUIRE(later != record.schedules.end());
    REQUIRE(later->next_run);
    CHECK(*later->next_run > record.observations.front().last_alive);
    CHECK(*later->next_run < record.observations.front().last_alive + std::chrono::hours(1));
    const auto yearly =
        std::find_if(record.schedules.begin(), record.schedules.end(), [](const auto& schedule) {
            return schedule.task.name == model::ForeignText("yearly.timer");
        });
    REQUIRE(yearly != record.schedules.end());
    CHECK(yearly->state == model::ScheduleState::enabled);
    CHECK_FALSE(yearly->last_run);
}
