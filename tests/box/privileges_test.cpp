// Does the packaged unit observe with what it is given and no more, and is each of its capabilities needed?
#include "box.hpp"
#include "jobs.hpp"

#include <doctest/doctest.h>
#include <ground/responder.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

namespace fs = std::filesystem;

const std::vector<std::string> capabilities{"CAP_NET_ADMIN", "CAP_BPF", "CAP_PERFMON", "CAP_DAC_READ_SEARCH"};

/// With all of its capabilities but one.
std::string drop_in_without(const std::string& dropped) {
    std::string kept;
    for (const auto& capability : capabilities) {
        kept += capability == dropped ? "" : capability + " ";
    }
    return "[Service]\nRestart=no\nAmbientCapabilities=\nAmbientCapabilities=" + kept +
           "\nCapabilityBoundingSet=\nCapabilityBoundingSet=" + kept + "\n";
}

class Server {
  public:
    Server()
        : layer_(FWLEARN_BOX_IMAGE),
          box_(std::make_unique<Box>(
              lab_, layer_,
              std::vector<Bind>{{FWLEARN_PROGRAM, "/usr/bin/fwlearn"},
                                {FWLEARN_BOX_SEND, job},
                                {FWLEARN_UNIT, "/etc/systemd/system/fwlearn-observe.service"}})) {}

    std::string run(const std::vector<std::string>& command) const { return box_->run(command); }
    /// Both outputs, whatever it exits with.
    std::string shell(const std::string& command) const {
        return box_->run({"sh", "-c", command + " 2>&1 || true"});
    }

    /// Observes anew, in a record of its own, with all capabilities but this one.
    void observe_without(const std::string& capability) const {
        run({"systemctl", "stop", "fwlearn-observe"});
        shell("rm -f /var/lib/fwlearn/flows.db*");
        const auto folder = layer_.root() / "etc/systemd/system/fwlearn-observe.service.d";
        fs::create_directories(folder);
        std::ofstream(folder / "capabilities.conf") << drop_in_without(capability);
        run({"systemctl", "daemon-reload"});
        shell("systemctl start fwlearn-observe");
    }

    nlohmann::json json(const std::string& verb) const {
        return nlohmann::json::parse(shell("fwlearn " + verb + " --json"));
    }

    /// What the record has of all that the capabilities are for.
    struct Known {
        bool observing = false;
        std::string means;    ///< by which processes are named
        bool crontab = false; ///< alice's, which nobody else may read
        std::string program;  ///< of the socket that was open before
    };
    Known known() const {
        Known known;
        if (shell("systemctl is-active fwlearn-observe") != "active\n") {
            return known;
        }
        known.observing = true;
        known.means = json("status").at("attribution_means").get<std::string>();
        const auto document = json("coverage");
        const auto& schedules = document.at("schedule");
        known.crontab = std::any_of(schedules.begin(), schedules.end(), [](const auto& one) {
            return one.at("name").template get<std::string>().starts_with("/var/spool/cron/crontabs/alice");
        });
        std::istringstream lines(shell(std::string("fwlearn flows --json --dest ") + peer));
        for (std::string line; std::getline(lines, line);) {
            known.program = nlohmann::json::parse(line).at("process").at("exe").get<std::string>();
        }
        return known;
    }

    /// A connection that is there before the observer is, and stays.
    void connect() const {
        run({"systemd-run", "--quiet", "--unit=old", "--property=Type=notify", "--property=NotifyAccess=all",
             "bash", "-c",
             std::string("exec 3<>/dev/tcp/") + peer +
                 "/5001; systemd-notify --ready; read -r _ <&3; sleep infinity"});
    }

    static constexpr const char* peer = "203.0.113.99";

  private:
    Lab lab_;
    Responder responder_{lab_};
    Layer layer_;
    std::unique_ptr<Box> box_;
};

} // namespace

TEST_CASE("the unit is as confined as it says, listens nowhere, and reads packets without any capability") {
    const Server server;
    REQUIRE(server.run({"systemctl", "is-active", "fwlearn-observe"}) == "active\n");
    const auto exposure =
        server.run({"systemd-analyze", "security", "--no-pager", "fwlearn-observe.service"});
    const auto said = exposure.rfind("fwlearn-observe.service: ");
    REQUIRE(said != std::string::npos);
    const double level = std::stod(exposure.substr(said + std::string("fwlearn-observe.service: ").size()));
    MESSAGE("systemd-analyze security: ", level);
    CHECK(level <= 2.2);

    // The observer, its spawner and the process that reads.
    std::istringstream processes(
        server.shell("for p in $(cat /sys/fs/cgroup/system.slice/fwlearn-observe.service/cgroup.procs); do "
                     "awk -v p=$p '$1 == \"Uid:\" { u = $2 } $1 == \"CapEff:\" { c = $2 } $1 == "
                     "\"Seccomp_filters:\" { s = $2 } "
                     "END { print u, c, s }' /proc/$p/status; done"));
    const auto owner = server.run({"id", "-u", "fwlearn"});
    std::multiset<std::string> sets;
    std::set<int> filters;
    for (std::string line; std::getline(processes, line);) {
        std::istringstream words(line);
        std::string uid;
        std::string set;
        int filter = 0;
        words >> uid >> set >> filter;
        CHECK(uid + "\n" == owner);
        sets.insert(set);
        filters.insert(filter);
    }
    CHECK(sets.size() == 3);
    CHECK(sets.count("0000000000000000") == 2); // all but the observer
    CHECK(filters.size() == 2);                 // one has a filter more

    CHECK(server.shell("ss -H -l -n -p -A all | grep fwlearn").empty());
    CHECK(server.run({"stat", "-c", "%U %a", "/var/lib/fwlearn"}) == "fwlearn 700\n");
    CHECK(server.run({"stat", "-c", "%U %a", "/var/lib/fwlearn/flows.db"}) == "fwlearn 600\n");
    // Root deletes from it as its owner, and what that leaves behind is the owner's.
    CHECK(server.run({"fwlearn", "purge", "--before", "1 hour ago"}).find("rows deleted") !=
          std::string::npos);
    CHECK(server.shell("find /var/lib/fwlearn ! -user fwlearn").empty());
}

TEST_CASE("with all of its capabilities nothing is missing, and without any one of them something is") {
    const Server server;
    server.connect();
    std::vector<std::string> dropping{""};
    dropping.insert(dropping.end(), capabilities.begin(), capabilities.end());
    for (const auto& dropped : dropping) {
        CAPTURE(dropped);
        server.observe_without(dropped);
        const auto known = server.known();
        MESSAGE(dropped, ": observing ", known.observing, ", processes by ", known.means, ", crontab ",
                known.crontab, ", program ", known.program);
        CHECK(known.observing == (dropped != "CAP_NET_ADMIN"));
        if (known.observing) {
            const bool programs = dropped != "CAP_BPF" && dropped != "CAP_PERFMON";
            CHECK((known.means == "bpf") == programs);
            CHECK((known.program == "/usr/bin/bash") == programs);
            CHECK(known.crontab == (dropped != "CAP_DAC_READ_SEARCH"));
        }
    }
}
