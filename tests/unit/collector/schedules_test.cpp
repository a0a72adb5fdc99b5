// Are timers and cron jobs found where they are, with file and line?
#include <collector/host/schedules.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

using namespace fwlearn;
using collector::host::Schedules;

namespace {

/// A root of its own for every test.
class Root {
  public:
    Root() {
        std::string name = (std::filesystem::temp_directory_path() / "fwlearn-schedules-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Root() { std::filesystem::remove_all(path_); }
    Root(const Root&) = delete;
    Root& operator=(const Root&) = delete;

    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name) << text;
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

model::ForeignText text(const char* bytes) {
    return model::ForeignText(bytes);
}

std::string place(const Schedules& schedules, const char* command, const char* user = "") {
    const auto* job = schedules.job(text(command), text(user));
    return job == nullptr ? "none" : job->file.raw_bytes() + ":" + std::to_string(job->line);
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
    root.write("etc/cron.d/old.dpkg-dist", "* * * * * root /old\n");
    root.write("etc/cron.daily/apt-compat", "#!/bin/sh\n");
    root.write("var/spool/cron/crontabs/alice", "0-30/10 1,2 * jan mon-fri  /home/alice/x  y \n* * * *\n");
    const auto schedules = Schedules::read(root.path());
    CHECK(place(schedules, "cd / && run-parts --report /etc/cron.hourly") == "/etc/crontab:5");
    CHECK(place(schedules, "test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }") ==
          "/etc/crontab:6");
    CHECK(place(schedules, "/usr/local/bin/backup --all") == "/etc/cron.d/backup:2");
    CHECK(place(schedules, "/usr/local/bin/backup --all", "www-data") == "/etc/cron.d/backup:2");
    CHECK(place(schedules, "/usr/local/bin/backup --all", "root") == "none");
    CHECK(place(schedules, "echo 100% done") == "/etc/cron.d/backup:3");
    CHECK(place(schedules, "/old") == "none");
    CHECK(place(schedules, "/etc/cron.daily/apt-compat") == "/etc/cron.daily/apt-compat:0");
    CHECK(place(schedules, "/home/alice/x  y ", "alice") == "/var/spool/cron/crontabs/alice:1");
    CHECK(schedules.jobs().size() == 6);
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
    const auto timer = [&](const char* unit) {
        const auto found = schedules.timer_of(text(unit));
        return found ? found->raw_bytes() : "none";
    };
    CHECK(timer("apt-daily.service") == "apt-daily.timer");
    CHECK(timer("certbot.service") == "certbot.timer");
    CHECK(timer("certbot-renew.service") == "none");
    CHECK(timer("dump@srv.service") == "dump@srv.timer");
    CHECK(timer("elsewhere.service") == "moved.timer");
    CHECK(timer("moved.service") == "none");
    CHECK(timer("wrong.service") == "none");
    CHECK(timer("masked.service") == "none");
    CHECK(timer("nginx.service") == "none");
}

TEST_CASE("a host without schedules, or with unreadable ones, has none") {
    const Root root;
    CHECK(Schedules::read(root.path()).jobs().empty());
    std::filesystem::create_directories(root.path() / "etc/crontab");
    std::filesystem::create_directories(root.path() / "etc/cron.d/folder");
    root.write("etc/cron.d/huge", std::string(2U << 20U, '*'));
    root.write("var/spool/cron/crontabs/odd", std::string("\0\xff\n* * * * *\n@reboot\n", 20));
    CHECK(Schedules::read(root.path()).jobs().empty());
}
