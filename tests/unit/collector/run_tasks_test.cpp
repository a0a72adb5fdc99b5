// Is a run counted for the tasks that its flows are of?
#include <doctest/doctest.h>
#include <run_tasks.hpp>
#include <sys/stat.h>

#include <fstream>

using namespace fwlearn;
using collector::host::RunOf;
using collector::host::RunTasks;
using collector::host::SeenRun;
using collector::host::TaskRun;
using model::ForeignText;

namespace {

namespace fs = std::filesystem;

class Root {
  public:
    Root() {
        std::string name = (fs::temp_directory_path() / "fwlearn-runs-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
        write("etc/passwd", "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n");
    }
    ~Root() { fs::remove_all(path_); }
    Root(const Root&) = delete;
    Root& operator=(const Root&) = delete;

    void write(const std::string& name, const std::string& text, mode_t mode = 0644) const {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name) << text;
        REQUIRE(chmod((path_ / name).c_str(), mode) == 0);
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

SeenRun cron(const std::string& user, const std::string& printed) {
    SeenRun run;
    run.of = RunOf::cron_job;
    run.user = ForeignText(user);
    run.name = ForeignText(printed);
    return run;
}

SeenRun unit(const std::string& name, const std::string& invocation) {
    SeenRun run;
    run.name = ForeignText(name);
    run.invocation = ForeignText(invocation);
    return run;
}

SeenRun user_unit(std::uint32_t uid, const std::string& name, const std::string& invocation) {
    auto run = unit(name, invocation);
    run.of = RunOf::user_unit;
    run.uid = uid;
    return run;
}

SeenRun anacron(const std::string& identifier) {
    SeenRun run;
    run.of = RunOf::anacron_job;
    run.name = ForeignText(identifier);
    return run;
}

std::vector<std::string> names(const std::vector<TaskRun>& runs, model::TaskKind kind) {
    std::vector<std::string> result;
    for (const auto& run : runs) {
        CHECK(run.task.kind == kind);
        CHECK(run.event == model::RunEvent::began);
        result.push_back(run.task.name.raw_bytes());
    }
    return result;
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("A line of a crontab is known by its user and by what cron prints of it") {
    const Root root;
    root.write("etc/crontab", "# m h\n* * * * * root echo \"\303\244 a\\%b\"%input\n"
                              "* * * * * alice sync\n@reboot root sync\n0 3 * * * root sync\n");
    root.write("var/spool/cron/crontabs/alice", "5 * * * * sync --all\n");
    RunTasks tasks(root.path());
    const auto of = [&tasks](const SeenRun& run) { return names(tasks.of(run), model::TaskKind::cron); };
    CHECK(of(cron("root", R"(echo "\303\244 a%b")")) == Names{"/etc/crontab:2"});
    CHECK(of(cron("alice", "sync")) == Names{"/etc/crontab:3"});
    CHECK(of(cron("root", "sync")) == Names{"/etc/crontab:4"});
    CHECK(of(cron("alice", "sync --all")) == Names{"/var/spool/cron/crontabs/alice:1"});
    CHECK_FALSE(tasks.is_news(cron("alice", "sync --all")));
}

TEST_CASE("A command that no crontab has is called as the task of its flows, and is news") {
    const Root root;
    RunTasks tasks(root.path());
    const auto run = cron("root", "backup --password=hunter2");
    CHECK(names(tasks.of(run), model::TaskKind::cron) == Names{"backup --password=***"});
    CHECK(tasks.is_news(run));
    root.write("etc/cron.d/backup", "0 3 * * * root backup --password=hunter2\n");
    tasks.read_again();
    CHECK(names(tasks.of(run), model::TaskKind::cron) == Names{"/etc/cron.d/backup:1"});
    CHECK_FALSE(tasks.is_news(run));
}

TEST_CASE("A run of run-parts is one of every script that it runs, unless anacron does") {
    const Root root;
    const std::string hourly = "cd / && run-parts --report /etc/cron.hourly";
    const std::string daily = "test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }";
    const std::string mixed = "run-parts /etc/cron.hourly; sync";
    root.write("etc/crontab", "17 * * * * root " + hourly + "\n25 6 * * * root " + daily +
                                  "\n1 * * * * root " + mixed + "\n");
    root.write("etc/anacrontab", "SHELL=/bin/sh\n1 5 cron.daily run-parts --report /etc/cron.daily\n"
                                 "7 10 dump /usr/local/bin/dump\n");
    root.write("etc/cron.hourly/one", "", 0755);
    root.write("etc/cron.hourly/two", "", 0755);
    root.write("etc/cron.hourly/not-executable", "", 0644);
    root.write("etc/cron.hourly/left.over", "", 0755);
    root.write("etc/cron.daily/apt", "", 0755);
    RunTasks tasks(root.path());
    const auto of = [&tasks](const SeenRun& run) { return names(tasks.of(run), model::TaskKind::cron); };
    CHECK(of(cron("root", hourly)) == Names{"/etc/cron.hourly/one", "/etc/cron.hourly/two"});
    CHECK(of(cron("root", mixed)) == Names{"/etc/cron.hourly/one", "/etc/cron.hourly/two", "/etc/crontab:3"});
    CHECK(of(cron("root", daily)) == Names{"/etc/cron.daily/apt"});
    root.write("usr/sbin/anacron", "", 0755);
    CHECK(of(cron("root", daily)).empty());
    CHECK(of(anacron("cron.daily")) == Names{"/etc/cron.daily/apt"});
    CHECK(of(anacron("dump")) == Names{"/etc/anacrontab:3"});
    CHECK(of(anacron("unknown")).empty());
    CHECK(tasks.is_news(anacron("unknown")));
    CHECK_FALSE(tasks.is_news(anacron("dump")));
}

TEST_CASE("A start of a timer's unit is one run of the timer, however often it is told") {
    const Root root;
    root.write("etc/systemd/system/backup.timer", "[Timer]\nOnCalendar=daily\nUnit=dump.service\n");
    root.write("etc/systemd/user/mine.timer", "[Timer]\nOnCalendar=hourly\n");
    RunTasks tasks(root.path());
    const auto of = [&tasks](const SeenRun& run) { return names(tasks.of(run), model::TaskKind::timer); };
    CHECK(of(unit("dump.service", "1")) == Names{"backup.timer"});
    CHECK(of(unit("dump.service", "1")).empty());
    CHECK(of(unit("dump.service", "2")) == Names{"backup.timer"});
    CHECK(of(unit("nginx.service", "3")).empty());
    CHECK(of(unit("mine.service", "4")).empty());
    CHECK(of(user_unit(1000, "mine.service", "5")) == Names{"mine.timer (uid 1000)"});
    CHECK(of(user_unit(1001, "mine.service", "5")) == Names{"mine.timer (uid 1001)"});
    CHECK(of(user_unit(1000, "mine.service", "5")).empty());
    CHECK(of(user_unit(1000, "dump.service", "6")).empty());
}

TEST_CASE("A job of cron's that failed is told by its process, unless it ran several scripts") {
    const Root root;
    root.write("etc/crontab", "* * * * * root sync\n* * * * * root run-parts /etc/cron.one\n"
                              "* * * * * root run-parts /etc/cron.two\n");
    for (const auto* script : {"one/a", "two/a", "two/b"}) {
        root.write(std::string("etc/cron.") + script, "", 0755);
    }
    RunTasks tasks(root.path());
    const auto begin = [&tasks](const std::string& command, std::uint32_t process, std::size_t expected) {
        auto run = cron("root", command);
        run.process = process;
        run.time = model::Timestamp(std::chrono::minutes(process));
        CHECK(tasks.of(run).size() == expected);
    };
    const auto fail = [&tasks](std::uint32_t process) {
        SeenRun run;
        run.of = RunOf::cron_job;
        run.event = model::RunEvent::failed;
        run.process = process;
        run.time = model::Timestamp(std::chrono::hours(100));
        CHECK_FALSE(tasks.is_news(run));
        return tasks.of(run);
    };
    begin("sync", 7, 1);
    begin("run-parts /etc/cron.one", 8, 1);
    begin("run-parts /etc/cron.two", 9, 2);
    CHECK(fail(6).empty());
    const auto sync = fail(7);
    REQUIRE(sync.size() == 1);
    CHECK(sync.front() == TaskRun{{model::TaskKind::cron, ForeignText("/etc/crontab:1")},
                                  model::Timestamp(std::chrono::minutes(7)),
                                  model::RunEvent::failed});
    CHECK(fail(7).empty());
    const auto script = fail(8);
    REQUIRE(script.size() == 1);
    CHECK(script.front().task.name == ForeignText("/etc/cron.one/a"));
    CHECK(fail(9).empty());
    begin("sync", 10, 1);
    begin("run-parts /etc/cron.two", 10, 2); // the number is another process' by now
    CHECK(fail(10).empty());
    begin("sync", 0, 1); // whose process is not known
    CHECK(fail(0).empty());
}

TEST_CASE("How a job of anacron's ended is told, unless one of several scripts failed") {
    const Root root;
    root.write("etc/anacrontab", "1\t5\tcron.daily\trun-parts /etc/cron.daily\n7\t10\tdump\tdump --all\n");
    root.write("etc/cron.daily/a", "", 0755);
    root.write("etc/cron.daily/b", "", 0755);
    RunTasks tasks(root.path());
    const auto of = [&tasks](const std::string& job, model::RunEvent event, int hour) {
        auto run = anacron(job);
        run.event = event;
        run.time = model::Timestamp(std::chrono::hours(hour));
        return tasks.of(run);
    };
    using enum model::RunEvent;
    CHECK(of("dump", failed, 0).empty());
    CHECK(of("dump", began, 1).size() == 1);
    const auto dumped = of("dump", failed, 2);
    REQUIRE(dumped.size() == 1);
    CHECK(dumped.front() == TaskRun{{model::TaskKind::cron, ForeignText("/etc/anacrontab:2")},
                                    model::Timestamp(std::chrono::hours(1)),
                                    failed});
    CHECK(of("dump", failed, 3).empty());
    CHECK(of("cron.daily", began, 4).size() == 2);
    CHECK(of("cron.daily", failed, 5).empty());
    CHECK(of("cron.daily", began, 6).size() == 2);
    const auto daily = of("cron.daily", succeeded, 7);
    REQUIRE(daily.size() == 2);
    CHECK(daily.back() == TaskRun{{model::TaskKind::cron, ForeignText("/etc/cron.daily/b")},
                                  model::Timestamp(std::chrono::hours(6)),
                                  succeeded});
}

TEST_CASE("How a run ended is told of the time at which it began, and only of the last of its unit") {
    const Root root;
    root.write("etc/systemd/system/backup.timer", "[Timer]\nOnCalendar=daily\n");
    root.write("etc/systemd/system/backup.service", "[Service]\nExecStart=/bin/true\n");
    RunTasks tasks(root.path());
    const model::Timestamp start{std::chrono::milliseconds(1'795'662'000'000)};
    const model::Task timer{model::TaskKind::timer, ForeignText("backup.timer")};
    const auto of = [&](const std::string& invocation, model::RunEvent event, int minute) {
        auto run = unit("backup.service", invocation);
        run.event = event;
        run.time = start + std::chrono::minutes(minute);
        return tasks.of(run);
    };
    using enum model::RunEvent;
    CHECK(of("1", failed, 0).empty()); // it began before anybody heard
    CHECK(of("2", began, 1) == std::vector<TaskRun>{{timer, start + std::chrono::minutes(1), began}});
    CHECK(of("2", failed, 9) == std::vector<TaskRun>{{timer, start + std::chrono::minutes(1), failed}});
    CHECK(of("3", began, 10).size() == 1);
    CHECK(of("2", failed, 11).empty());
    CHECK(of("3", succeeded, 12) ==
          std::vector<TaskRun>{{timer, start + std::chrono::minutes(10), succeeded}});
    CHECK(tasks.is_news(unit("backup.timer", "7")));
    CHECK_FALSE(tasks.is_news(unit("dump.service", "2")));
}
