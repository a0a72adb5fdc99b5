#include <analyzer/render/coverage.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <sstream>

using namespace fwlearn;
using namespace std::chrono_literals;

namespace {

const auto start = *model::parse_rfc3339("2026-11-01T00:00:00Z");
const model::Task backup{model::TaskKind::timer, model::ForeignText("backup.timer")};

model::Flow flow_to(model::Record& record, const std::string& task, std::uint32_t host) {
    model::Flow flow;
    flow.key.owner = model::SocketOwner::user(33, 33);
    flow.key.task = record.identities.add({model::TaskKind::service, model::ForeignText(task)});
    flow.key.attribution = model::Attribution::exact;
    constexpr std::uint32_t test_net_2 = 0xc6336400; // 198.51.100.0/24
    flow.key.destination = {model::Service::port(model::protocol::tcp, 443),
                            model::Address::v4(test_net_2 + host)};
    return flow;
}

/// One flow in each of these hours.
void add(model::Record& record, model::Flow flow, const std::vector<int>& hours) {
    for (const auto hour : hours) {
        flow.hours.push_back({model::hour_of(start) + std::chrono::hours(hour), 1});
    }
    flow.counts.count = flow.counts.answered = hours.size();
    record.flows.push_back(flow);
}

std::vector<int> every_day(int days) {
    std::vector<int> hours;
    for (int day = 0; day < days; ++day) {
        hours.push_back(24 * day + 7);
    }
    return hours;
}

/// Twenty days in which ten destinations are reached every day and a daily timer runs.
model::Record twenty_days() {
    model::Record record;
    model::Observation observation;
    observation.started = start;
    observation.last_alive = start + 480h;
    record.observations = {observation};
    for (std::uint32_t host = 0; host < 10; ++host) {
        add(record, flow_to(record, "web" + std::to_string(host) + ".service", host), every_day(20));
    }
    model::Schedule schedule;
    schedule.task = backup;
    schedule.command = model::ForeignText("/usr/local/bin/backup --all");
    schedule.period = 24h;
    schedule.next_run = start + 483h;
    record.schedules = {schedule};
    for (int day = 0; day < 20; ++day) {
        record.runs.push_back(
            {record.identities.add(backup), model::hour_of(start) + std::chrono::hours(24 * day + 3), 1});
    }
    return record;
}

bool says(const std::vector<std::string>& lines, const std::string& words) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const auto& line) { return line.find(words) != std::string::npos; });
}

} // namespace

TEST_CASE("weeks in which all has run and nothing new turns up are enough") {
    const auto report = analyzer::coverage(twenty_days());
    CAPTURE(analyzer::render_coverage(report, {200, false}));
    CHECK(report.is_enough());
    CHECK(report.observed == 480h);
    CHECK(analyzer::render_coverage(report, {200, false}).starts_with("verdict: enough\n"));
    const auto lines = analyzer::summary(report);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0] == "long enough to lock down: yes, as far as can be told");
    CHECK(lines[1] == "schedules: 1 known, none of them still to be seen");
    CHECK(lines[2].starts_with("not seen yet: at most "));
    const auto unseen = nlohmann::json::parse(analyzer::coverage_to_json(report))["unseen_mass"];
    CHECK(unseen["upper95"] == *report.unseen.upper95);
    CHECK(unseen["contacts"] == 10);
    CHECK(unseen["on_one_day"] == 0);
    CHECK(unseen["contacts_in_all"] == 10.0);
}

TEST_CASE("a schedule that has not run is named, with its command and its date, and is a reason to wait") {
    auto record = twenty_days();
    record.runs.clear();
    record.schedules.front().period = 24h * 31;
    record.schedules.front().next_run = start + 500h;
    const auto report = analyzer::coverage(record);
    REQUIRE(report.reasons.size() == 1);
    CHECK(report.reasons.front() == "timer backup.timer has not run yet: it is due on "
                                    "2026-11-21T20:00:00.000Z (/usr/local/bin/backup --all)");
    const auto json = nlohmann::json::parse(analyzer::coverage_to_json(report));
    CHECK(json["verdict"] == "not yet");
    CHECK(json["schedule"][0]["period"] == 31 * 86400);
    CHECK(json["schedule"][0]["runs_seen"] == 0);
    CHECK(json["schedule"][0]["last_run"] == nullptr);
    CHECK(json["schedule"][0]["next_run"] == "2026-11-21T20:00:00.000Z");
    CHECK(analyzer::summary(report)[0] ==
          "long enough to lock down: not yet, for 1 reason (fwlearn coverage)");
    CHECK(analyzer::summary(report)[1] == "schedules: 1 known, 1 not seen to run: timer backup.timer");
    // Somebody rehearses it.
    record.runs.push_back({record.identities.add(backup), model::hour_of(start) + 470h, 1});
    CHECK(analyzer::coverage(record).is_enough());
}

TEST_CASE("a schedule that only failed is named, and is a reason to wait") {
    auto record = twenty_days();
    for (auto& run : record.runs) {
        run.failed = run.minutes;
    }
    const auto report = analyzer::coverage(record);
    REQUIRE(report.reasons.size() == 1);
    CHECK(report.reasons.front().starts_with("timer backup.timer failed all 20 times that it ran"));
    CHECK(report.reasons.front().ends_with("(/usr/local/bin/backup --all)"));
    const auto json = nlohmann::json::parse(analyzer::coverage_to_json(report));
    CHECK(json["schedule"][0]["state"] == "failed");
    CHECK(json["schedule"][0]["failed_seen"] == 20);
    CHECK(analyzer::summary(report)[1] ==
          "schedules: 1 known, 1 not seen to run without failing: timer backup.timer");
    CHECK(analyzer::render_coverage(report, {}).find("ran, failed") != std::string::npos);
    record.runs.back().failed = 0;
    CHECK(analyzer::coverage(record).is_enough());
}

TEST_CASE("a gap of a day lowers coverage and is named, whether nobody ran or events were lost") {
    auto record = twenty_days();
    const auto whole = analyzer::coverage(record);
    auto stopped = record;
    stopped.observations.front().ended = start + 240h;
    stopped.observations.push_back(record.observations.front());
    stopped.observations.back().started = start + 264h;
    stopped.gaps = {{start + 240h, start + 264h, model::GapReason::not_running, std::nullopt}};
    auto lost = record;
    lost.gaps = {{start + 240h, start + 264h, model::GapReason::nflog_overrun, 5000}};
    for (const auto& damaged : {stopped, lost}) {
        const auto report = analyzer::coverage(damaged);
        CHECK(report.observed == whole.observed - 24h);
        CHECK(report.days[10].observed == 0s);
        CHECK(report.days[9].observed == 24h);
        CHECK(report.ledger.front().runs_seen == 19);
        CHECK(says(report.remarks, "24 h of the time between lie in 1 gaps"));
        REQUIRE(whole.unseen.upper95);
        REQUIRE(report.unseen.upper95);
        CHECK(*report.unseen.upper95 > *whole.unseen.upper95);
        CHECK(analyzer::render_coverage(report, {200, false})
                  .find("gap         2026-11-11T00:00:00.000Z to 2026-11-12T00:00:00.000Z") !=
              std::string::npos);
    }
    // The same in a week alone: six days are no week.
    for (auto* damaged : {&stopped, &lost}) {
        for (auto& observation : damaged->observations) {
            if (observation.last_alive > start + 336h) {
                observation.started = std::max(observation.started, start + 168h);
                observation.last_alive = start + 336h;
            }
        }
        damaged->observations.front().started = start + 168h;
        CHECK(says(analyzer::coverage(*damaged).reasons,
                   "6.0 d were observed of 7.0 d, 24 h being in gaps, and a week is the least"));
    }
}

TEST_CASE("new destinations are told by day and by task, and an address that a name changes to is none") {
    auto record = twenty_days();
    const auto name = record.identities.add_name(model::ForeignText("cdn.example"));
    for (std::uint32_t host = 0; host < 5; ++host) {
        auto flow = flow_to(record, "web0.service", 100 + host);
        flow.key.name = name;
        flow.key.name_source = model::BindingSource::dns_process;
        add(record, flow, {static_cast<int>(24 * (5 + host))});
    }
    add(record, flow_to(record, "web0.service", 200), {24 * 7});
    auto denied = flow_to(record, "web0.service", 201);
    denied.key.verdict = model::FlowVerdict::denied;
    add(record, denied, {24 * 7});
    const auto report = analyzer::coverage(record);
    REQUIRE(report.days.size() == 20);
    CHECK(report.days[0].new_destinations == 10);
    CHECK(report.days[5].new_destinations == 1);
    CHECK(report.days[6].new_destinations == 0);
    CHECK(report.days[7].new_destinations == 1);
    REQUIRE(report.days[7].by_task.size() == 1);
    CHECK(report.days[7].by_task.front().first.name.raw_bytes() == "web0.service");
    const auto json = nlohmann::json::parse(analyzer::coverage_to_json(report));
    CHECK(json["days"][7]["date"] == "2026-11-08");
    CHECK(json["days"][7]["observed_seconds"] == 86400);
    CHECK(json["days"][7]["new_destinations"] == 1);
}

TEST_CASE("what cannot be told is said, and is no verdict to lock down on") {
    const auto nothing = analyzer::coverage({});
    CHECK_FALSE(nothing.is_enough());
    CHECK(says(nothing.reasons, "nobody has observed yet"));
    CHECK(says(nothing.reasons, "no timer and no cron job of the host is known"));
    CHECK(says(nothing.reasons, "how much was not seen cannot be told: "));
    const auto json = nlohmann::json::parse(analyzer::coverage_to_json(nothing));
    CHECK(json["unseen_mass"]["estimate"] == nullptr);
    CHECK(json["unseen_mass"]["upper95"] == nullptr);
    CHECK(json["unseen_mass"]["cannot_tell"].is_string());
    CHECK(json["days"].empty());
    auto record = twenty_days();
    record.schedules.clear();
    CHECK(says(analyzer::coverage(record).reasons, "no timer and no cron job"));
    for (auto& flow : record.flows) {
        flow.key.attribution = model::Attribution::unknown;
    }
    CHECK(says(analyzer::coverage(record).remarks, "of 200 of 200 flows it is not known which process"));
}

TEST_CASE("on 80 columns a schedule is known by its name") {
    auto record = twenty_days();
    auto schedule = record.schedules.front();
    const std::string name = "systemd-tmpfiles-clean.timer";
    schedule.task.name = model::ForeignText(name);
    schedule.period = 24h * 31;
    schedule.next_run = start + 500h;
    record.schedules.push_back(schedule);
    const auto text = analyzer::render_coverage(analyzer::coverage(record), {80, false});
    const auto table = text.substr(text.find("SCHEDULE"));
    const auto row = table.substr(table.find("timer " + name));
    REQUIRE(row.starts_with("timer " + name));
    CHECK(row.substr(0, row.find('\n')).find("not due yet") != std::string::npos);
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) {
        CHECK(line.size() <= 80);
    }
}

TEST_CASE("the table shows what is open first, and says the rest in words") {
    auto record = twenty_days();
    auto schedule = record.schedules.front();
    schedule.task.name = model::ForeignText("monthly.timer");
    schedule.period = 24h * 31;
    schedule.next_run = start + 500h;
    record.schedules.push_back(schedule);
    const auto text = analyzer::render_coverage(analyzer::coverage(record), {200, false});
    const auto table = text.substr(text.find("SCHEDULE"));
    CHECK(table.find("timer monthly.timer") < table.find("timer backup.timer"));
    CHECK(table.find("31 d") != std::string::npos);
    CHECK(table.find("not due yet") != std::string::npos);
    CHECK(table.find("ran, sent nothing") != std::string::npos);
}
