#include <analyzer/curve.hpp>
#include <analyzer/render/curve.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <sstream>

using namespace fwlearn;
using model::Service;

namespace {

const auto monday = model::hour_of(*model::parse_rfc3339("2026-11-23T07:00:00Z"));
const auto https = Service::port(model::protocol::tcp, 443);

model::Flow flow(model::Record& record, const char* task, const Service& service,
                 const model::Address& address, const std::vector<int>& days) {
    model::Flow result;
    result.key.owner = model::SocketOwner::user(33, 33);
    result.key.task = record.identities.add(model::Task{model::TaskKind::service, model::ForeignText(task)});
    result.key.destination = {service, address};
    for (const auto day : days) {
        result.hours.push_back({monday + std::chrono::days(day), 1});
    }
    result.counts.count = days.size();
    result.counts.answered = days.size();
    result.counts.first_seen = model::Timestamp(result.hours.front().hour);
    result.counts.last_seen = model::Timestamp(result.hours.back().hour);
    return result;
}

model::Address host(std::uint32_t number) {
    return model::Address::v4(0xc6336400U + number);
}

} // namespace

TEST_CASE("the curve says what each step would have denied of the second half, and which tasks that breaks") {
    model::Record record;
    // Every day the same; a pool of which other members come later; ports that never come twice.
    record.flows.push_back(flow(record, "steady.service", https, host(200), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
    for (std::uint32_t number = 0; number < 10; ++number) {
        record.flows.push_back(flow(record, "pool.service", https, host(number), {static_cast<int>(number)}));
        record.flows.push_back(
            flow(record, "ftp.service",
                 Service::port(model::protocol::tcp, static_cast<std::uint16_t>(40000 + number)), host(100),
                 {static_cast<int>(number)}));
    }
    std::map<std::string, analyzer::CurveStep> steps;
    const auto curve = analyzer::curve(record, {});
    for (const auto& step : curve) {
        steps[step.name] = step;
    }
    REQUIRE(steps.size() == 6);
    for (const auto& [name, step] : steps) {
        const auto& shown = name;
        CAPTURE(shown);
        REQUIRE(step.backtest.has_value());
        CHECK(step.backtest->flows == 15);
    }
    CHECK(steps["none"].rules == 2);
    CHECK(steps["none"].exposure == 21);
    CHECK(steps["none"].beyond == 0);
    CHECK(steps["none"].backtest->denied == 10);
    CHECK(steps["none"].backtest->broken.size() == 2);
    CHECK(steps["port"].backtest->denied == 5);
    REQUIRE(steps["port"].backtest->broken.size() == 1);
    CHECK(steps["port"].backtest->broken[0].task ==
          model::Task{model::TaskKind::service, model::ForeignText("pool.service")});
    // Of the first five of the pool a /29 is known, which holds three more.
    CHECK(steps["subnet"].backtest->denied == 5 + 2);
    CHECK(steps["subnet"].beyond == 6);
    CHECK(steps["any user"].backtest->denied == 10);

    const auto table = analyzer::render_curve(curve, {200, false});
    CHECK(table.find("10 of 15 flows (66.67 %)") != std::string::npos);
    std::istringstream lines(analyzer::curve_to_json(curve));
    std::size_t objects = 0;
    for (std::string line; std::getline(lines, line); ++objects) {
        CHECK(nlohmann::json::parse(line).at("backtest").at("flows") == 15);
    }
    CHECK(objects == 6);
}

TEST_CASE("a name that was learned admits the addresses that it moves to") {
    model::Record record;
    const auto name = record.identities.add_name(model::ForeignText("cdn.example.org"));
    for (int day = 0; day < 10; ++day) {
        auto one = flow(record, "web.service", https, host(static_cast<std::uint32_t>(day)), {day});
        one.key.name = name;
        one.key.name_source = model::BindingSource::dns_host;
        record.flows.push_back(one);
        model::NameBinding binding;
        binding.address = host(static_cast<std::uint32_t>(day));
        binding.name = model::ForeignText("cdn.example.org");
        binding.first_seen = binding.last_seen = one.counts.first_seen;
        record.names.push_back(binding);
    }
    for (const auto& step : analyzer::curve(record, {})) {
        CAPTURE(step.name);
        REQUIRE(step.backtest.has_value());
        CHECK(step.backtest->flows == 5);
        CHECK(step.backtest->denied == (step.name == "address" ? 5 : 0));
    }
}

TEST_CASE("a record of one hour has no second half: nothing is told") {
    model::Record record;
    record.flows.push_back(flow(record, "a.service", https, host(1), {0}));
    for (const auto& step : analyzer::curve(record, {})) {
        CHECK_FALSE(step.backtest.has_value());
    }
    CHECK(analyzer::render_curve(analyzer::curve(record, {}), {200, false}).find("cannot tell") !=
          std::string::npos);
}

TEST_CASE("the first half is learned with what the host says of its programs, as the whole is") {
    model::Record record;
    auto one = flow(record, "dropped.service", https, host(1), {0, 1, 2, 3});
    model::Process process;
    process.exe = model::ForeignText("/opt/shared/drop");
    one.key.process = record.identities.add(process);
    record.flows.push_back(one);
    record.flows.push_back(flow(record, "steady.service", https, host(2), {0, 1, 2, 3}));
    record.programs.resize(1);
    record.programs[0].path = process.exe;
    record.programs[0].owner = 0;
    record.programs[0].writable_by_others = true;
    // It is not trusted; what is needed by nobody else in the first half either is not learned there.
    model::Decision allow;
    allow.scope.address = model::Prefix(host(1));
    for (const auto& step : analyzer::curve(record, {.decisions = {allow}})) {
        REQUIRE(step.backtest.has_value());
        CHECK(step.backtest->denied == 0);
    }
    // Of another process to the same place the untrusted one speaks for nobody.
    auto trusted = flow(record, "late.service", https, host(1), {3});
    record.flows.push_back(trusted);
    for (const auto& step : analyzer::curve(record, {})) {
        CAPTURE(step.name);
        REQUIRE(step.backtest.has_value());
        CHECK(step.backtest->denied == 1);
    }
}

TEST_CASE("what a whitelist denies afterwards neither moves the middle of the record nor counts as broken") {
    model::Record record;
    for (int day = 0; day < 10; ++day) {
        record.flows.push_back(
            flow(record, "a.service", https, host(static_cast<std::uint32_t>(day)), {day}));
    }
    const auto before = analyzer::curve(record, {});
    record.flows.push_back(flow(record, "b.service", https, host(99), {20, 30, 40}));
    record.flows.back().key.verdict = model::FlowVerdict::denied;
    const auto after = analyzer::curve(record, {});
    REQUIRE(after.size() == before.size());
    for (std::size_t step = 0; step < after.size(); ++step) {
        CAPTURE(after[step].name);
        REQUIRE(before[step].backtest.has_value());
        REQUIRE(after[step].backtest.has_value());
        CHECK(after[step].backtest->flows == before[step].backtest->flows);
        CHECK(after[step].backtest->denied == before[step].backtest->denied);
        CHECK(after[step].backtest->broken == before[step].backtest->broken);
        CHECK(after[step].rules == before[step].rules);
    }
}
