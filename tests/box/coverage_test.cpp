// A monthly timer that has not fired: is it named, with its command and its date, is the verdict "not yet",
// and does rehearsing it give it its rule and change the verdict? On a booted server that was observed for
// weeks.
#include "box.hpp"
#include "jobs.hpp"

#include <sql/writer.hpp>

#include <doctest/doctest.h>
#include <ground/responder.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

constexpr const char* monthly_place = "203.0.113.200";

constexpr const char* monthly_timer = R"([Timer]
OnCalendar=monthly
[Install]
WantedBy=timers.target
)";

constexpr const char* monthly_service = R"([Service]
Type=oneshot
ExecStart=/opt/box/send tcp 203.0.113.200 5001
)";

model::Timestamp now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// Four weeks in which a hundred services each reached their place every day.
void write_weeks(const fs::path& database) {
    sql::Writer writer(database);
    model::Observation observation;
    observation.started = observation.last_alive = now() - 28 * 24h;
    observation.host = model::ForeignText("box");
    writer.begin_observation(observation);
    model::Identities identities;
    model::Batch batch;
    for (std::uint32_t number = 0; number < 100; ++number) {
        model::FlowDelta delta;
        delta.key.owner = model::SocketOwner::user(1000, 1000);
        delta.key.attribution = model::Attribution::exact;
        delta.key.task = identities.add(
            {model::TaskKind::service, model::ForeignText("shop" + std::to_string(number) + ".service")});
        delta.key.destination = {model::Service::port(model::protocol::tcp, 443),
                                 model::Address::v4(0xc6336400U + number)};
        for (int day = 0; day < 28; ++day) {
            const auto seen = observation.started + std::chrono::hours(24 * day + 1);
            delta.hour = model::hour_of(seen);
            delta.counts = {};
            delta.counts.count = delta.counts.answered = 1;
            delta.counts.first_seen = delta.counts.last_seen = seen;
            batch.flows.push_back(delta);
        }
    }
    writer.commit(batch, identities, now() - 1min);
    writer.end_observation(now() - 1min);
}

/// Nothing runs by the clock but what the test makes.
void stop_clocks(const fs::path& root) {
    const auto units = root / "etc/systemd/system";
    for (const auto& folder : {root / "usr/lib/systemd/system", units}) {
        for (const auto& entry : fs::directory_iterator(folder)) {
            if (entry.path().extension() == ".timer") {
                fs::remove(units / entry.path().filename());
                fs::create_symlink("/dev/null", units / entry.path().filename());
            }
        }
    }
    for (const auto* path :
         {"etc/crontab", "etc/anacrontab", "etc/cron.d", "etc/cron.hourly", "etc/cron.daily",
          "etc/cron.weekly", "etc/cron.monthly", "var/spool/cron/crontabs", "var/spool/cron/atjobs"}) {
        fs::remove_all(root / path);
    }
    fs::remove_all(root / "var/lib/systemd/linger");
}

/// A server that was observed for four weeks, is observed now, and has a timer that has not fired yet.
class Server {
  public:
    Server() : layer_(FWLEARN_BOX_IMAGE) {
        stop_clocks(layer_.root());
        const auto units = layer_.root() / "etc/systemd/system";
        std::ofstream(units / "monthly.timer") << monthly_timer;
        std::ofstream(units / "monthly.service") << monthly_service;
        fs::create_directories(units / "timers.target.wants");
        fs::create_symlink("/etc/systemd/system/monthly.timer", units / "timers.target.wants/monthly.timer");
        fs::create_directories(layer_.root() / "var/lib/fwlearn");
        write_weeks(layer_.root() / "var/lib/fwlearn/flows.db");
        box_ = std::make_unique<Box>(
            lab_, layer_,
            std::vector<Bind>{{FWLEARN_PROGRAM, "/usr/bin/fwlearn"},
                              {FWLEARN_BOX_SEND, job},
                              {FWLEARN_UNIT, "/etc/systemd/system/fwlearn-observe.service"}});
    }

    /// Whatever it exits with; both outputs.
    [[nodiscard]] std::string run(const std::string& command) const {
        return box_->run({"sh", "-c", command + " 2>&1; true"});
    }

    [[nodiscard]] nlohmann::json coverage() const {
        return nlohmann::json::parse(run("fwlearn coverage --json"));
    }

    /// What the collector has seen by now is in the record.
    void restart_collector() const { box_->run({"systemctl", "restart", "fwlearn-observe"}); }

  private:
    Lab lab_;
    Responder responder_{lab_};
    Layer layer_;
    std::unique_ptr<Box> box_;
};

bool names(const nlohmann::json& reasons, const std::string& words) {
    return std::any_of(reasons.begin(), reasons.end(), [&](const nlohmann::json& reason) {
        return reason.get<std::string>().find(words) != std::string::npos;
    });
}

nlohmann::json monthly_in(const nlohmann::json& coverage) {
    for (const auto& schedule : coverage["schedule"]) {
        if (schedule["name"] == "monthly.timer") {
            return schedule;
        }
    }
    FAIL("monthly.timer is not in the ledger");
    return {};
}

} // namespace

TEST_CASE("a monthly timer that has not fired is named, and once it was rehearsed the verdict changes") {
    const Server server;
    const auto before = server.coverage();
    CAPTURE(before.dump(1));
    CHECK(before["verdict"] == "not yet");
    REQUIRE(before["reasons"].size() == 1);
    // Whether it was due within these weeks depends on today's date.
    CHECK(names(before["reasons"], "timer monthly.timer "));
    CHECK(names(before["reasons"], "due again on ") != names(before["reasons"], "it is due on "));
    CHECK(names(before["reasons"], "-01T00:00:00.000Z"));
    CHECK(names(before["reasons"], "/opt/box/send tcp 203.0.113.200 5001"));
    const auto schedule = monthly_in(before);
    CHECK(schedule["runs_seen"] == 0);
    CHECK(schedule["period"] == 31 * 86400);
    CHECK(schedule["next_run"].get<std::string>().ends_with("-01T00:00:00.000Z"));
    CHECK(server.run("fwlearn suggest -o json").find(monthly_place) == std::string::npos);
    CHECK(server.run("fwlearn status").find("not seen to run: timer monthly.timer") != std::string::npos);

    // Nothing is run that nobody confirms.
    CHECK(server.run("echo n | fwlearn rehearse").find("0 run") != std::string::npos);
    CHECK(server.run("fwlearn rehearse no-such.timer --yes").find("there is no schedule no-such.timer") !=
          std::string::npos);
    CHECK(monthly_in(server.coverage())["runs_seen"] == 0);

    const auto said = server.run("echo y | fwlearn rehearse");
    CAPTURE(said);
    CHECK(said.find("systemctl start monthly.service: done") != std::string::npos);
    server.restart_collector();
    const auto after = server.coverage();
    CAPTURE(after.dump(1));
    CHECK(after["verdict"] == "enough");
    CHECK(monthly_in(after)["runs_seen"] == 1);
    CHECK(monthly_in(after)["egress_seen"] == 1);
    const auto whitelist = nlohmann::json::parse(server.run("fwlearn suggest -o json"));
    const auto rule = std::find_if(whitelist["rules"].begin(), whitelist["rules"].end(), [](const auto& one) {
        return one["addresses"] == nlohmann::json{std::string(monthly_place) + "/32"} ||
               one["addresses"] == nlohmann::json{monthly_place};
    });
    REQUIRE(rule != whitelist["rules"].end());
    CHECK((*rule)["tasks"] == nlohmann::json::array({{{"kind", "timer"}, {"name", "monthly.timer"}}}));

    CHECK(server.run("systemctl stop fwlearn-observe").empty());
    CHECK(server.run("fwlearn rehearse monthly.timer --yes").find("nobody is observing") !=
          std::string::npos);
}
