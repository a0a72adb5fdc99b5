#include <analyzer/backtest.hpp>
#include <analyzer/render/backtest.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <numeric>

using namespace fwlearn;
using model::Hour;
using model::Service;

namespace {

constexpr Hour start{std::chrono::hours(490'000)};
const Service https = Service::port(model::protocol::tcp, 443);

model::Address host(std::uint32_t number) {
    return model::Address::v4(0xc6336400U + number);
}

model::Task service(const std::string& name) {
    return {model::TaskKind::service, model::ForeignText(name)};
}

/// One flow in each of these hours.
void add(model::Record& record, const std::string& task, const model::Address& address,
         const std::vector<int>& hours) {
    model::Flow flow;
    flow.key.owner = model::SocketOwner::user(1000, 1000);
    flow.key.task = record.identities.add(service(task));
    flow.key.attribution = model::Attribution::exact;
    flow.key.destination = {https, address};
    for (const auto hour : hours) {
        flow.hours.push_back({start + std::chrono::hours(hour), 1});
    }
    flow.counts.count = flow.counts.answered = flow.hours.size();
    flow.counts.first_seen = model::Timestamp(flow.hours.front().hour);
    flow.counts.last_seen = model::Timestamp(flow.hours.back().hour);
    record.flows.push_back(flow);
}

std::vector<int> every(int step, int end) {
    std::vector<int> hours;
    for (int hour = 0; hour < end; hour += step) {
        hours.push_back(hour);
    }
    return hours;
}

/// Forty days: one task every hour, one every week from the sixth day on, one on the thirtieth day.
model::Record forty_days() {
    model::Record record;
    add(record, "hourly.service", host(1), every(1, 40 * 24));
    add(record, "weekly.service", host(2), {5 * 24, 12 * 24, 19 * 24, 26 * 24, 33 * 24});
    add(record, "monthly.service", host(3), {30 * 24});
    return record;
}

} // namespace

TEST_CASE("what is learned later breaks what comes before it is learned, and the losses fall with time") {
    const auto record = forty_days();
    const auto splits = analyzer::rolling_splits(record);
    std::vector<int> days;
    days.reserve(splits.size());
    for (const auto split : splits) {
        days.push_back(static_cast<int>((split - start).count() / 24));
    }
    CHECK(days == std::vector<int>{1, 2, 3, 5, 7, 10, 14, 20, 21, 28});
    const auto results = analyzer::backtest(record, {}, splits);
    REQUIRE(results.size() == splits.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto& one = results[i];
        CAPTURE(days[i]);
        CHECK(one.learned_until == splits[i]);
        CHECK(one.learned == std::chrono::hours(days[i] * 24));
        CHECK(one.learned + one.tested == std::chrono::hours(40 * 24));
        const bool weekly = days[i] <= 5;
        CHECK(one.broken.size() == (weekly ? 2 : 1));
        CHECK(one.denied == (weekly ? 6 : 1));
        if (weekly) {
            CHECK(one.broken[0].task == service("weekly.service")); // most flows first
            CHECK(one.broken[0].flows == 5);
            CHECK(one.broken[0].hours.size() == 5);
            CHECK(one.broken[0].hours.front() == start + std::chrono::hours(5 * 24));
            CHECK(one.broken[0].destinations == 1);
        }
        CHECK(one.broken.back().task == service("monthly.service"));
        CHECK(one.flows == static_cast<std::uint64_t>(one.tested.count()) +
                               static_cast<std::uint64_t>(std::ranges::count_if(
                                   record.flows[1].hours, [&](Hour hour) { return hour >= splits[i]; },
                                   &model::HourCount::hour)) +
                               1);
    }
}

TEST_CASE("any rules are tried on all of the record") {
    const auto record = forty_days();
    const auto whole = analyzer::suggest(record, {});
    const auto complete = analyzer::backtest(record, {}, whole.rules);
    CHECK(complete.flows == 40 * 24 + 6);
    CHECK(complete.denied == 0);
    CHECK(complete.broken.empty());
    CHECK_FALSE(complete.learned_until);
    const auto nothing = analyzer::backtest(record, {}, std::span<const model::Rule>());
    CHECK(nothing.denied == nothing.flows);
    CHECK(nothing.broken.size() == 3);
    CHECK(nothing.tested == std::chrono::hours(40 * 24));
}

TEST_CASE("that something is answered one day is not known before that day") {
    model::Record record;
    add(record, "hourly.service", host(1), every(1, 7 * 24));
    add(record, "new.service", host(2), every(6, 7 * 24));
    auto& flow = record.flows.back();
    flow.counts.answered = 0;
    for (auto& one : flow.hours) {
        const bool answered = one.hour >= start + std::chrono::hours(72);
        (answered ? one.answered : one.in_vain) = 1;
        ++(answered ? flow.counts.answered : flow.counts.refused);
    }
    const auto split = start + std::chrono::hours(72);
    const auto beginning = analyzer::beginning_of(record, split);
    REQUIRE(beginning.flows.size() == 2);
    CHECK(beginning.flows[1].counts.count == 12);
    CHECK(beginning.flows[1].counts.answered == 0);
    CHECK(analyzer::suggest(beginning, {}).rules.size() == 1);
    const auto results = analyzer::backtest(record, {}, std::vector{split});
    REQUIRE(results.size() == 1);
    CHECK(results[0].denied == 16); // four a day of the four that are left
    CHECK(analyzer::backtest(record, {}, std::vector{split + std::chrono::hours(12)})[0].denied == 0);
}

TEST_CASE("a name that only the client says is admitted by no rule of that name") {
    auto record = forty_days();
    const auto name = record.identities.add_name(model::ForeignText("api.example.org"));
    for (auto* flow : {&record.flows[0], &record.flows[2]}) {
        flow->key.name = name;
        flow->key.name_source = model::BindingSource::dns_process;
        flow->key.task = record.flows[0].key.task;
    }
    const auto rules =
        analyzer::suggest(analyzer::beginning_of(record, start + std::chrono::hours(48)), {}).rules;
    CHECK(analyzer::backtest(record, {}, rules).denied == 5);
    record.flows[2].key.name_source = model::BindingSource::tls_sni; // the monthly one, to another address
    CHECK(analyzer::backtest(record, {}, rules).denied == 6);
}

TEST_CASE("what would be left out is not missed, and what was denied already is no part of it") {
    auto record = forty_days();
    add(record, "scan.service", host(9), {39 * 24});
    record.flows.back().counts.answered = 0;
    record.flows.back().counts.unanswered = 1;
    add(record, "denied.service", host(10), {60 * 24});
    record.flows.back().key.verdict = model::FlowVerdict::denied;
    const auto results = analyzer::backtest(record, {}, {start + std::chrono::hours(7 * 24)});
    REQUIRE(results.size() == 1);
    CHECK(results[0].denied == 1);
    CHECK(results[0].tested == std::chrono::hours(33 * 24));
}

TEST_CASE("a record of one hour cannot be divided") {
    model::Record record;
    CHECK_FALSE(analyzer::middle_of(record));
    CHECK(analyzer::rolling_splits(record).empty());
    add(record, "a.service", host(1), {0});
    CHECK_FALSE(analyzer::middle_of(record));
    CHECK(analyzer::rolling_splits(record).empty());
    add(record, "a.service", host(2), {1});
    CHECK(analyzer::rolling_splits(record) == std::vector<Hour>{start + std::chrono::hours(1)});
}

TEST_CASE("a backtest is printed for people and for programs") {
    const auto record = forty_days();
    const auto results = analyzer::backtest(record, {}, analyzer::rolling_splits(record));
    const auto table = analyzer::render_backtests(results, {200, false});
    CHECK(table.find("LEARNED") != std::string::npos);
    CHECK(std::count(table.begin(), table.end(), '\n') == 11);
    const auto broken = analyzer::render_broken(results[0], {200, false});
    CHECK(broken.find("service weekly.service") != std::string::npos);
    const auto document = nlohmann::json::parse(analyzer::backtest_to_json(results[0]));
    CHECK(document.at("learned_hours") == 24);
    CHECK(document.at("denied") == 6);
    CHECK(document.at("broken").size() == 2);
    CHECK(document.at("broken")[0].at("task").at("name") == "weekly.service");
    CHECK(document.at("broken")[0].at("hours").size() == 5);
}
