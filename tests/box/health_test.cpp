// A service turns ill while a whitelist waits to be confirmed: is it taken back at once, and only then? On a
// booted server, where systemd says what is ill.
#include "box.hpp"
#include "jobs.hpp"

#include <doctest/doctest.h>
#include <ground/responder.hpp>
#include <ground/wait_for_file.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

namespace fs = std::filesystem;

/// Needs what this server never did while it was observed.
constexpr const char* needy_unit = R"([Service]
Type=oneshot
ExecStart=/opt/box/send tcp 203.0.113.200 5001
)";

constexpr const char* looping_unit = R"([Service]
Restart=on-failure
RestartSec=100ms
ExecStart=/opt/box/send tcp 203.0.113.200 5001
)";

/// systemd says "failed" in the moment between its first end and its only restart.
constexpr const char* stumbling_unit = R"([Service]
Type=oneshot
RemainAfterExit=yes
Restart=on-failure
ExecStart=/bin/sh -c 'rm /run/stumbling'
ExecStopPost=touch /run/stumbling
)";

constexpr const char* broken_unit = R"([Service]
Type=oneshot
ExecStart=/bin/false
)";

constexpr const char* now_broken = R"([Service]
ExecStart=
ExecStart=/bin/false
)";

/// What a server is changed to that stops its services and starts none.
constexpr const char* quiet_target = R"([Unit]
Requires=basic.target
After=basic.target
AllowIsolate=yes
)";

/// A server that has learned what its services do at boot. Whatever else would run by the clock does not.
class Server {
  public:
    Server() : layer_(FWLEARN_BOX_IMAGE) {
        for (const auto* unit : {"cron.service", "anacron.service", "atd.service", "tiny.timer",
                                 "weekly.timer", "apt-daily.timer"}) {
            fs::remove(units() / unit);
            fs::create_symlink("/dev/null", units() / unit);
        }
        write("needy.service", needy_unit);
        write("looping.service", looping_unit);
        write("stumbling.service", stumbling_unit);
        write("broken.service", broken_unit);
        box_ = std::make_unique<Box>(
            lab_, layer_,
            std::vector<Bind>{{FWLEARN_PROGRAM, "/usr/bin/fwlearn"},
                              {FWLEARN_BOX_SEND, job},
                              {FWLEARN_UNIT, "/etc/systemd/system/fwlearn-observe.service"}});
        run({"systemctl", "stop", "fwlearn-observe"}); // it stores what it has
    }

    std::string run(const std::vector<std::string>& command) const { return box_->run(command); }

    std::string apply(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> command{"fwlearn", "apply", "--yes", "--force", "--confirm-within", "10min"};
        command.insert(command.end(), more.begin(), more.end());
        return run(command);
    }

    void write(const std::string& unit, const std::string& content) const {
        fs::create_directories((units() / unit).parent_path());
        std::ofstream(units() / unit) << content;
    }

    /// Whether systemd says that it has started it.
    bool starts(const std::string& unit) const {
        return run({"sh", "-c", "systemctl --quiet start " + unit + " 2>/dev/null && echo yes || true"}) ==
               "yes\n";
    }

    bool is_locked() const {
        return run({"nft", "list", "tables"}).find("table inet fwlearn\n") != std::string::npos;
    }

    std::string transient_units() const {
        return run({"systemctl", "list-units", "--all", "--plain", "--no-legend", "fwlearn-way-back-*",
                    "fwlearn-health-*"});
    }

    /// The service that watches.
    std::string watcher() const {
        const auto names = transient_units();
        const auto begin = names.find("fwlearn-health-");
        return begin == std::string::npos ? "" : names.substr(begin, names.find(' ', begin) - begin);
    }

    /// Why it was taken back, far from its deadline, once it is.
    std::string reason() const {
        const auto file = state("taken-back.json");
        wait_for_file(file);
        const auto outcome = nlohmann::json::parse(std::ifstream(file));
        fs::remove(file);
        CHECK(outcome.at("deadline_ms").get<long>() - outcome.at("ended_ms").get<long>() > 500'000);
        return outcome.at("reason").get<std::string>();
    }

    fs::path state(const std::string& file) const {
        return layer_.root() / "var/lib/fwlearn-firewall" / file;
    }

  private:
    fs::path units() const { return layer_.root() / "etc/systemd/system"; }

    Lab lab_;
    Responder responder_{lab_};
    Layer layer_;
    std::unique_ptr<Box> box_;
};

/// Until the process with this number has ended, if it has not (pidfd_open(2)).
constexpr const char* until_it_ends = R"(import os, select, sys
try:
    process = os.pidfd_open(int(sys.argv[1]))
except ProcessLookupError:
    sys.exit(0)
sys.exit(0 if select.select([process], [], [], 10)[0] else 1)
)";

bool says(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

} // namespace

TEST_CASE("a service that fails takes back at once what was not confirmed; what was ill before does not") {
    const Server server;
    CHECK(server.starts("needy.service"));
    CHECK_FALSE(server.starts("broken.service"));

    CHECK(says(server.apply(), "so does a service that fails or is restarted 3 times"));
    CHECK(server.is_locked());
    CHECK(says(server.transient_units(), ".timer"));
    server.run({"systemctl", "daemon-reload"});      // systemd says again how all units are
    CHECK_FALSE(server.starts("stumbling.service")); // at its first try
    CHECK(server.starts("stumbling.service"));
    CHECK_FALSE(server.starts("needy.service"));
    CHECK(server.reason() == "needy.service failed");
    CHECK_FALSE(server.is_locked());
    CHECK(server.starts("needy.service"));

    server.apply();
    server.starts("looping.service");
    CHECK(server.reason() == "looping.service was restarted 3 times");
    CHECK_FALSE(server.is_locked());
}

TEST_CASE("what is confirmed, or applied with --ignore-health, is not taken back by services") {
    const Server server;
    CHECK_FALSE(says(server.apply({"--ignore-health"}), "so does a service"));
    CHECK(server.watcher().empty());
    CHECK_FALSE(server.starts("needy.service"));
    CHECK(server.is_locked());
    server.run({"fwlearn", "rollback"});
    CHECK(server.transient_units().empty());
    fs::remove(server.state("taken-back.json"));

    server.apply();
    CHECK_FALSE(server.watcher().empty());
    server.run({"fwlearn", "confirm"});
    CHECK(server.transient_units().empty());
    CHECK_FALSE(server.starts("needy.service"));
    CHECK(server.is_locked());
    CHECK_FALSE(fs::exists(server.state("taken-back.json")));
}

TEST_CASE(
    "a timer whose run fails when the whitelist denies it something is told, until a run of it ends well") {
    const Server server;
    server.write("needy.timer", "[Timer]\nOnCalendar=yearly\n");
    server.run({"systemctl", "daemon-reload"});
    server.apply({"--ignore-health"});
    server.run({"fwlearn", "confirm"});
    const auto observe_a_run = [&server] {
        server.run({"systemctl", "start", "fwlearn-observe"});
        const bool worked = server.starts("needy.service");
        server.run({"journalctl", "--sync"});
        server.run({"systemctl", "stop", "fwlearn-observe"});
        return worked;
    };
    CHECK_FALSE(observe_a_run());
    const auto status = server.run({"fwlearn", "status"});
    CAPTURE(status);
    CHECK(says(status, "\nfailed      timer needy.timer failed when something of it was denied, on 20"));
    const auto found = server.run({"sh", "-c", "fwlearn audit --json || true"});
    CAPTURE(found);
    std::istringstream lines(found);
    std::string run;
    for (std::string line; std::getline(lines, line);) {
        const auto finding = nlohmann::json::parse(line);
        if (finding.at("task").at("name") == "needy.timer") {
            CHECK(finding.at("verdict") == "denied");
            CHECK(finding.at("address") == "203.0.113.200");
            run = finding.at("failed_run").get<std::string>();
        } else {
            CHECK(finding.at("failed_run") == nullptr);
        }
    }
    CHECK(says(status, "was denied, on " + run + " "));

    server.run({"fwlearn", "rollback"});
    CHECK(observe_a_run());
    CHECK_FALSE(says(server.run({"fwlearn", "status"}), "\nfailed "));
}

TEST_CASE("who watches ends when the timer takes it back") {
    const Server server;
    server.run({"fwlearn", "apply", "--yes", "--force", "--confirm-within", "3s"});
    auto process = server.run({"systemctl", "show", "--value", "--property=MainPID", server.watcher()});
    process.pop_back();
    CHECK(std::stoi(process) > 0);
    wait_for_file(server.state("taken-back.json"));
    server.run({"python3", "-c", until_it_ends, process});
    CHECK_FALSE(server.is_locked());
}

TEST_CASE("where nobody can watch it is said, and the timer is there all the same") {
    const Server server;
    server.run({"sh", "-c", R"(printf '%s\n' '#!/bin/sh' "$0" 'exec /usr/bin/systemd-run "$@"' \
        >/usr/local/sbin/systemd-run && chmod +x /usr/local/sbin/systemd-run)",
                R"(case "$*" in *unless-healthy*) echo refused >&2; exit 1 ;; esac)"});
    CHECK(says(server.apply(), "\nservices that fail do not take it back: cannot make the service that would "
                               "watch them: refused\n"));
    CHECK(server.watcher().empty());
    CHECK(says(server.transient_units(), ".timer"));
    CHECK(server.is_locked());
}

TEST_CASE("however often it is killed, the way back is started anew") {
    const Server server;
    server.apply({"--ignore-health"});
    const auto units = server.transient_units();
    const auto service = units.substr(0, units.find('.')) + ".service";
    // It reads what is written down from a pipe that nobody writes to, and is killed while it does: more
    // often than systemd starts a unit by default (DefaultStartLimitBurst=, systemd-system.conf(5)).
    const std::string killed = R"sh(cd /var/lib/fwlearn-firewall && mv armed.json aside && mkfifo armed.json
        systemctl start --no-block "$0"
        for times in 1 2 3 4 5 6 7; do
            until pid=$(systemctl show -P MainPID "$0") && [ "$pid" != 0 ] && [ "$pid" != "$last" ]; do
                [ "$(systemctl show -P ActiveState "$0")" != failed ] || exit 3
            done
            [ "$times" != 7 ] || mv aside armed.json
            kill -KILL "$pid"
            last=$pid
        done)sh";
    server.run({"sh", "-c", killed, service});
    CHECK(server.reason() == "not confirmed in time");
    CHECK_FALSE(server.is_locked());
}

TEST_CASE("whoever changes to another target stops neither the way back nor who watches") {
    const Server server;
    server.apply();
    const auto units = server.transient_units();
    CHECK(says(units, ".timer"));
    CHECK(says(units, ".service"));
    server.write("quiet.target", quiet_target);
    server.run({"systemctl", "daemon-reload"});
    server.run({"systemctl", "isolate", "quiet.target"});
    CHECK(server.transient_units() == units);
    CHECK(server.is_locked());
}

TEST_CASE("what lost its timer, as by a soft reboot, is taken back by the unit that loads at boot") {
    const Server server;
    server.apply({"--ignore-health"});
    const auto at_boot = [&server] {
        return server.run({"sh", "-c", "fwlearn apply --at-boot >/dev/null 2>&1; echo $?"});
    };
    CHECK(at_boot() == "2\n"); // it waits to be confirmed, and its timer is there
    CHECK(server.is_locked());
    server.run({"sh", "-c", "systemctl stop 'fwlearn-way-back-*.timer'"});
    CHECK(at_boot() == "0\n");
    CHECK(server.reason() == "its timer was gone, as after systemctl soft-reboot");
    CHECK_FALSE(server.is_locked());
}

TEST_CASE("with --unit that one alone counts, without a message bus and started anew too") {
    const Server server;
    server.run({"systemctl", "stop", "dbus.socket", "dbus.service"});
    const std::string unit = "worker@5001.service";
    CHECK(says(server.apply({"--unit", unit}), "so does " + unit));
    // It dies: the timer stays, and systemd starts it again. To start what systemd does not know to be dead
    // yet would do nothing.
    const auto watcher = server.watcher();
    server.run({"systemctl", "kill", "--signal=KILL", watcher});
    const std::string wait = R"sh(while [ "$(systemctl show -P NRestarts "$0")" = 0 ]; do :; done)sh";
    server.run({"sh", "-c", wait, watcher});
    server.run({"systemctl", "start", watcher});
    CHECK(says(server.transient_units(), ".timer"));
    CHECK_FALSE(server.starts("broken.service"));
    server.write(unit + ".d/broken.conf", now_broken);
    server.run({"systemctl", "daemon-reload"});
    CHECK_FALSE(server.starts(unit));
    CHECK(server.reason() == unit + " failed");
    CHECK_FALSE(server.is_locked());
}
