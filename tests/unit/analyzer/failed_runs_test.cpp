// Is a run that failed brought together with what was denied then, and with nothing else?
#include <analyzer/audit.hpp>
#include <analyzer/failed_runs.hpp>
#include <analyzer/render/audit.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace fwlearn;
using namespace std::chrono_literals;
using analyzer::FailedRuns;

namespace {

const auto start = *model::parse_rfc3339("2026-11-28T00:00:00Z");
const model::Task backup{model::TaskKind::timer, model::ForeignText("backup.timer")};

struct Night {
    model::Record record;
    model::TaskId task = record.identities.add(backup);

    model::TaskRuns& run(std::chrono::minutes after) {
        const auto hour = model::hour_of(start + after);
        const auto minute = std::chrono::floor<std::chrono::minutes>(start + after - model::Timestamp(hour));
        record.runs.push_back({task, hour, std::uint64_t{1} << static_cast<unsigned>(minute.count())});
        return record.runs.back();
    }
    void fail(std::chrono::minutes after) {
        auto& runs = run(after);
        runs.failed = runs.minutes;
    }
    void succeed(std::chrono::minutes after) {
        auto& runs = run(after);
        runs.succeeded = runs.minutes;
    }
    model::Flow& deny(std::chrono::hours after) {
        model::Flow flow;
        flow.key.task = task;
        flow.key.verdict = model::FlowVerdict::denied;
        flow.key.destination = {{model::protocol::tcp, 443}, *model::Address::parse("203.0.113.7")};
        flow.hours = {{model::hour_of(start) + after, 1}};
        flow.counts.count = 1;
        record.flows.push_back(flow);
        return record.flows.back();
    }
    [[nodiscard]] std::optional<model::Timestamp> of_first() const {
        return FailedRuns(record).of(record.flows.front());
    }
};

} // namespace

TEST_CASE("what was denied in the hour of a run that failed, or until the next run, is of that run") {
    Night night;
    night.fail(3h + 10min);
    night.run(9h);
    night.deny(3h);
    CHECK(night.of_first() == start + 3h + 10min);
    night.record.flows.front().hours.front().hour = model::hour_of(start) + 5h;
    CHECK(night.of_first() == start + 3h + 10min);
    night.record.flows.front().hours.front().hour = model::hour_of(start) + 2h;
    CHECK_FALSE(night.of_first());
    night.record.flows.front().hours.front().hour = model::hour_of(start) + 10h; // after one of unknown end
    CHECK_FALSE(night.of_first());
    night.record.flows.front().hours.push_back({model::hour_of(start) + 3h, 2});
    CHECK(night.of_first() == start + 3h + 10min);
    night.record.flows.front().hours = {{model::hour_of(start) + 9h, 1}}; // of which of the two runs?
    CHECK(night.of_first() == start + 3h + 10min);
}

TEST_CASE("a run that was started again in its minute and ended well has not failed") {
    Night night;
    night.fail(3h + 10min);
    night.deny(3h);
    CHECK(night.of_first());
    night.record.runs.front().succeeded = night.record.runs.front().minutes;
    CHECK_FALSE(night.of_first());
    night.record.runs.front().succeeded = 0;
    night.record.flows.front().key.verdict = model::FlowVerdict::accepted;
    CHECK_FALSE(night.of_first());
    night.record.flows.front().key.verdict = model::FlowVerdict::denied;
    night.record.flows.front().key.task = night.record.identities.add({model::TaskKind::service, {}});
    CHECK_FALSE(night.of_first());
}

TEST_CASE("a task is told once, until a run of it ends well") {
    Night night;
    CHECK(analyzer::failed_when_denied(night.record).empty());
    night.fail(3h);
    night.fail(27h);
    night.deny(3h);
    CHECK(analyzer::failed_when_denied(night.record).empty()); // the last one was denied nothing
    night.deny(27h);
    night.deny(28h);
    const auto failed = analyzer::failed_when_denied(night.record);
    REQUIRE(failed.size() == 1);
    CHECK(failed.front().task == backup);
    CHECK(analyzer::failed_words(failed.front()) ==
          "timer backup.timer failed when something of it was denied, on 2026-11-29T03:00:00.000Z");
    night.run(51h); // how that one ended nobody told
    CHECK(analyzer::failed_when_denied(night.record).size() == 1);
    night.succeed(52h);
    CHECK(analyzer::failed_when_denied(night.record).empty());
}

TEST_CASE("a finding says which run failed when it was denied") {
    Night night;
    night.deny(3h);
    const auto whole = analyzer::audit(night.record, {});
    REQUIRE(whole.findings.size() == 1);
    CHECK_FALSE(whole.findings.front().failed_run);
    CHECK(nlohmann::json::parse(analyzer::finding_to_json(whole.findings.front(), night.record, ""))
              .at("failed_run") == nullptr);
    night.fail(3h + 10min);
    const auto broken = analyzer::audit(night.record, {});
    const auto& finding = broken.findings.front();
    CHECK(finding.failed_run == start + 3h + 10min);
    const auto& identities = night.record.identities;
    CHECK(analyzer::finding_words(finding, identities)
              .ends_with("for timer backup.timer (its run of 2026-11-28T03:10:00Z failed), 1 time"));
    CHECK(
        analyzer::render_findings(broken.findings, night.record, {200, false}).find("backup.timer, failed") !=
        std::string::npos);
    CHECK(analyzer::render_question(finding, identities, {80, false})
              .find("  failed    its run of 2026-11-28T03:10:00Z\n") != std::string::npos);
    CHECK(analyzer::audit_words(broken).ends_with("; 1 task failed when it was denied something"));
    CHECK(nlohmann::json::parse(analyzer::finding_to_json(finding, night.record, "")).at("failed_run") ==
          "2026-11-28T03:10:00.000Z");
}
