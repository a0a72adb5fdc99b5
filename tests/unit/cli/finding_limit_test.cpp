#include "finding_limit.hpp"
#include "folded_findings.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace fwlearn;
using namespace fwlearn::cli;
using namespace std::chrono_literals;
using Answer = FindingLimit::Answer;
using Kind = FindingSender::Kind;

namespace {

/// Findings of alice (1000), bob (1001), root in units, and of users without a name.
class Findings {
  public:
    Findings() {
        identities.name_user(0, model::ForeignText("root"));
        identities.name_user(1000, model::ForeignText("alice"));
        identities.name_user(1001, model::ForeignText("bob"));
    }

    analyzer::Finding of(std::uint32_t uid, std::uint32_t host, const char* unit = "") {
        analyzer::Finding finding;
        auto& key = finding.flow.key;
        key.owner = {model::OwnerKind::user, uid, uid};
        model::Process process;
        process.exe = model::ForeignText("/bin/x");
        process.unit = model::ForeignText(unit);
        key.process = identities.add(process);
        key.destination = {model::Service::port(model::protocol::tcp, 443),
                           model::Address::v4(0xcb007100U + host)};
        key.verdict = finding.verdict = model::FlowVerdict::denied;
        finding.flow.counts.count = 2;
        finding.flow.counts.packets_out = 3;
        finding.flow.counts.last_seen = model::Timestamp(std::chrono::hours(1) + std::chrono::seconds(host));
        finding.addresses = {key.destination.address};
        return finding;
    }

    FindingLimit::Taken give(FindingLimit& limit, const analyzer::Finding& finding) const {
        return limit.take(finding, identities, false);
    }

    model::Identities identities;
};

FindingLimit::Bounds two_an_hour() {
    FindingLimit::Bounds bounds;
    bounds.one_by_one = 2;
    return bounds;
}

} // namespace

TEST_CASE("beyond its bound a sender's findings are counted, and nobody else's") {
    Findings findings;
    FindingLimit limit(two_an_hour());
    CHECK(limit.begin_round(1h).empty());
    for (std::uint32_t host = 1; host <= 7; ++host) {
        const auto taken = findings.give(limit, findings.of(1000, host));
        CHECK(taken.answer == (host <= 2 ? Answer::alone : Answer::folded));
    }
    const auto first = findings.give(limit, findings.of(1001, 1));
    CHECK(first.answer == Answer::alone);
    CHECK(first.place == 0);
    CHECK(findings.give(limit, findings.of(1001, 2)).place == 1);
    const auto news = limit.news();
    REQUIRE(news.size() == 1);
    CHECK(news[0].sender.uid == 1000);
    CHECK(news[0].findings == 5);
    CHECK(news[0].denied == 5);
    CHECK(news[0].flows == 10);
    CHECK(news[0].packets == 15);
    CHECK(news[0].since == findings.of(1000, 3).flow.counts.last_seen);
    CHECK(news[0].last_seen == findings.of(1000, 7).flow.counts.last_seen);
    CHECK_FALSE(limit.has_rest());
}

TEST_CASE("what is counted after the first word is told when the window ends, and then all begins anew") {
    Findings findings;
    FindingLimit limit(two_an_hour());
    CHECK(limit.begin_round(1h).empty());
    for (std::uint32_t host = 1; host <= 3; ++host) {
        findings.give(limit, findings.of(1000, host));
    }
    CHECK(limit.news().size() == 1);
    CHECK(limit.begin_round(2h - 1ms).empty());
    findings.give(limit, findings.of(1000, 4));
    findings.give(limit, findings.of(1000, 4)); // goes on: it is counted once
    CHECK(limit.news().empty());
    CHECK(limit.has_rest());
    const auto ended = limit.begin_round(2h);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].findings == 1);
    CHECK_FALSE(limit.has_rest());
    CHECK(findings.give(limit, findings.of(1000, 4)).answer == Answer::known);
    CHECK(findings.give(limit, findings.of(1000, 5)).answer == Answer::alone);
    CHECK(limit.rest().empty());
}

TEST_CASE("root's units have a bound each, and users without a name one together") {
    Findings findings;
    CHECK(sender_of(findings.of(0, 1, "a.service"), findings.identities) !=
          sender_of(findings.of(0, 1, "b.service"), findings.identities));
    CHECK(sender_of(findings.of(1000, 1, "a.service"), findings.identities) ==
          sender_of(findings.of(1000, 1, "b.service"), findings.identities));
    FindingLimit limit(two_an_hour());
    CHECK(limit.begin_round(1h).empty());
    for (std::uint32_t uid = 100'000; uid < 100'010; ++uid) { // subuid(5)
        findings.give(limit, findings.of(uid, uid - 100'000));
    }
    const auto rest = limit.rest();
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].sender.kind == Kind::users_without_name);
    CHECK(rest[0].findings == 8);
}

TEST_CASE("senders and findings that are remembered are bounded, at the cost of who has the most") {
    Findings findings;
    auto bounds = two_an_hour();
    bounds.known = 8;
    bounds.senders = 2;
    FindingLimit limit(bounds);
    CHECK(limit.begin_round(1h).empty());
    CHECK(findings.give(limit, findings.of(1001, 1)).answer == Answer::alone);
    for (std::uint32_t host = 1; host <= 20; ++host) {
        findings.give(limit, findings.of(1000, host));
    }
    CHECK(findings.give(limit, findings.of(1001, 1)).answer == Answer::known);
    CHECK(findings.give(limit, findings.of(1000, 20)).answer == Answer::known);
    CHECK(findings.give(limit, findings.of(1000, 1)).answer == Answer::folded); // forgotten: once more
    for (const auto* const unit : {"a.service", "b.service", "c.service"}) {
        findings.give(limit, findings.of(0, 1, unit));
    }
    const auto rest = limit.rest();
    REQUIRE(rest.size() == 2);
    CHECK(rest[0].sender.uid == 1000);
    CHECK(rest[1].sender.kind == Kind::others); // a third and more share one bound
    CHECK(rest[1].findings == 1);
}

TEST_CASE("of what was folded the line and the journal's message hold no foreign bytes, and JSON all") {
    FoldedFindings folded;
    folded.sender = {Kind::user, 0, model::ForeignText("ro\not"), model::ForeignText("a\x1b[2J.service")};
    folded.findings = 3;
    folded.denied = 2;
    folded.flows = 7;
    folded.packets = 9;
    const auto line = folded_line(folded);
    CHECK(line.starts_with("folded: 3 more findings of user 0 ro\\x0Aot in a\\x1B[2J.service (2 denied), 7 "
                           "flows; all of them: fwlearn audit --since '1970-01-01 "));
    const auto fields = journal_fields(folded);
    CHECK(fields.front() == "MESSAGE=" + line);
    for (const auto* const field : {"PRIORITY=4", "FWLEARN_VERDICT=denied", "FWLEARN_FOLDED=3"}) {
        CHECK(std::count(fields.begin(), fields.end(), field) == 1);
    }
    const auto document = nlohmann::json::parse(folded_to_json(folded));
    CHECK(document.at("folded") == 3);
    CHECK(document.at("unexplained") == 1);
    CHECK(document.at("unit") == "a\x1b[2J.service");
    CHECK(document.at("owner").at("user") == "ro\not");
    CHECK(folded_to_json(folded).find('\n') == std::string::npos);
    folded.denied = 0;
    CHECK(journal_fields(folded).at(1) == "PRIORITY=5");
    CHECK(nlohmann::json::parse(folded_to_json(folded)).at("verdict") == "unexplained");
}
