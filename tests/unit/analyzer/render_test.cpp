// Whitelists and flows as JSON documents and as tables.
#include "rendered_record.hpp"

#include <analyzer/render/flow_json.hpp>
#include <analyzer/render/flow_table.hpp>
#include <analyzer/render/json.hpp>
#include <analyzer/render/table.hpp>
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace fwlearn;
using namespace fwlearn::analyzer::render_test;
using nlohmann::json;

TEST_CASE("the JSON document's values have the types that are promised") {
    const auto document = json::parse(analyzer::render_json(analyzer::suggest(rich_record())));
    const auto& observed = document.at("observed");
    for (const auto* key : {"flows", "unattributed", "without_owner", "overflowed"}) {
        CHECK_MESSAGE(observed.at(key).is_number_unsigned(), key);
    }
    CHECK(observed.at("gaps") ==
          json::parse(R"([{"since":"2026-11-23T07:00:00.000Z","until":"2026-11-23T08:00:00.000Z",)"
                      R"("reason":"NFLOG overrun","lost":42}])"));
    REQUIRE(document.at("rules").size() == 4);
    for (const auto& rule : document.at("rules")) {
        CHECK(rule.at("id").get<std::string>().find_first_not_of("0123456789abcdef") == std::string::npos);
        CHECK(rule.at("id").get<std::string>().size() == 12);
        for (const auto* key : {"processes", "tasks", "addresses", "names", "warnings"}) {
            CHECK_MESSAGE(rule.at(key).is_array(), key);
        }
        CHECK(rule.at("exposure") == 1);
        for (const auto* key : {"flows", "days", "answered", "refused", "unanswered"}) {
            CHECK_MESSAGE(rule.at("evidence").at(key).is_number_unsigned(), key);
        }
        for (const auto* key : {"first_seen", "last_seen"}) {
            CHECK_MESSAGE(rule.at("evidence").at(key) == "2026-11-23T07:00:00.000Z", key);
        }
        CHECK(rule.at("selector").at("user").is_string());
    }
    const auto& any = document.at("rules")[0];
    CHECK(any.at("selector") == json::parse(R"({"kind":"any","value":"","user":""})"));
    CHECK(any.at("warnings").size() == 1);
    CHECK(any.at("processes").empty());
    CHECK(any.at("tasks").empty());
}

TEST_CASE("a rule's document says its processes with their own users, its tasks and its names") {
    const auto document = json::parse(analyzer::render_json(analyzer::suggest(rich_record())));
    const auto& rule = document.at("rules").back();
    CHECK(rule.at("selector") == json::parse(R"({"kind":"uid","value":"33","user":"www-data"})"));
    CHECK(rule.at("protocol") == "tcp");
    CHECK(rule.at("addresses") == json({"198.51.100.6"}));
    CHECK(rule.at("names") == json({"anybody.example.org", "php.example.org"}));
    CHECK(rule.at("tasks") == json::parse(R"([{"kind":"cron","name":"php-session"}])"));
    CHECK(rule.at("processes") ==
          json::parse(R"([{"exe":"/usr/bin/php","comm":"","uid":34,"user":"backup",)"
                      R"("unit":"","cgroup":"","cmdline":"","script":"","ancestors":[],"deleted":false,)"
                      R"("in_memory":false,"contained":false}])"));
}

TEST_CASE("a record of nothing is a document of nothing, with every part in its place") {
    const auto document = json::parse(analyzer::render_json(analyzer::suggest({})));
    CHECK(document.at("observed").at("since").is_null());
    CHECK(document.at("observed").at("gaps") == json::array());
    CHECK(document.at("rules") == json::array());
    CHECK(document.at("left_out") == json::array());
    CHECK(has(analyzer::render_table(analyzer::suggest({}), {}), "proposed: 0 rules"));
}

TEST_CASE("a flow's line tells the process's user from the socket's, and names only what it learned") {
    const auto record = rich_record();
    const auto& known = record.flows[1];
    const auto line = json::parse(analyzer::flow_to_json(known, record.identities, record.names));
    CHECK(line.at("process").at("uid") == 34);
    CHECK(line.at("process").at("user") == "backup");
    CHECK(line.at("owner") == json::parse(R"({"kind":"user","uid":33,"gid":33,"user":"www-data"})"));
    CHECK(line.at("names") == json({"anybody.example.org", "php.example.org"}));
    CHECK(line.at("attribution") == "inferred");
    CHECK(line.at("interface") == "eth0");
    CHECK(line.at("overflow") == false);

    auto stranger = known;
    stranger.key.process = model::ProcessId::unknown;
    stranger.key.owner = SocketOwner::user(33, model::no_gid);
    const auto other = json::parse(analyzer::flow_to_json(stranger, record.identities, record.names));
    CHECK(other.at("names") == json({"anybody.example.org"}));
    CHECK(other.at("process").at("uid") == 33);
    CHECK(other.at("owner").at("gid").is_null());

    const auto gre = json::parse(analyzer::flow_to_json(record.flows[2], record.identities, {}));
    CHECK(gre.at("port").is_null());
    CHECK(gre.at("protocol") == "gre");
    CHECK(gre.at("owner") == json::parse(R"({"kind":"kernel","uid":null,"gid":null,"user":""})"));
}

TEST_CASE("tables keep to their width from 80 columns on, cut with dots, and have no colour unasked") {
    auto record = rich_record();
    model::Process process;
    process.exe = ForeignText("/opt/" + std::string(200, 'x'));
    record.flows[1].key.process = record.identities.add(process);
    const auto whitelist = analyzer::suggest(record);
    for (const unsigned width : {80U, 100U, 132U}) {
        const auto table = analyzer::render_table(whitelist, {width, false});
        const auto rules = lines_of(table.substr(table.find("RULE  ")));
        REQUIRE(rules.size() == 11); // the heading and four rules, tasks and processes below each, a warning
        for (const auto& line : rules) {
            CHECK(line.size() <= width);
        }
        CHECK(has(table, "..."));
        CHECK(rules[1] == "    EVIDENCE  TASK  PROCESS");
        const auto flows =
            analyzer::render_flow_table(record.flows, record.identities, record.names, {width, false});
        REQUIRE(lines_of(flows).size() == 10);
        for (const auto& line : lines_of(flows)) {
            CHECK(line.size() <= width);
        }
        CHECK(has(flows, "..."));
        CHECK_FALSE(has(table + flows, "\x1b"));
    }
    const auto wide = analyzer::render_table(whitelist, {600, false});
    CHECK(has(wide, process.exe.raw_bytes()));
    CHECK_FALSE(has(wide, "..."));
}

TEST_CASE("asked for colours, a table has its headings in bold and its warnings in yellow") {
    const auto whitelist = analyzer::suggest(rich_record());
    const auto table = analyzer::render_table(whitelist, {200, true});
    CHECK(has(table, "\x1b[1mRULE"));
    CHECK(has(table, "\x1b[33mwarning: " + whitelist.rules[0].id +
                         ": sender not recorded: this rule admits every user\x1b[0m\n"));
}

TEST_CASE("the table of flows shows a name that holds for the flow, its outcome, and overflow as many") {
    auto record = rich_record();
    auto& known = record.flows[1];
    known.counts.count = 10;
    known.counts.answered = 2;
    known.counts.refused = 3;
    known.counts.unanswered = 4;
    auto many = flow(www, https, "0.0.0.0");
    many.key.overflow = true;
    record.flows.push_back(many);
    const auto lines =
        lines_of(analyzer::render_flow_table(record.flows, record.identities, record.names, {300, false}));
    REQUIRE(lines.size() == 6);
    CHECK(has(lines[2], "2026-11-23T07:00:00Z  www-data"));
    CHECK(has(lines[2], "cron php-session"));
    CHECK(has(lines[2], "anybody.example.org or php.example.org (198.51.100.6)"));
    CHECK(has(lines[2], "2 answered, 3 refused, 4 unanswered, 1 open"));
    CHECK(has(lines[1], "unknown"));
    CHECK(has(lines[3], "kernel"));
    CHECK(has(lines[5], "(many)"));

    record.names = {record.names.back()};
    REQUIRE(record.names[0].process != model::ProcessId::unknown);
    record.flows[1].key.process = model::ProcessId::unknown;
    const auto flows =
        analyzer::render_flow_table(record.flows, record.identities, record.names, {300, false});
    CHECK_FALSE(has(flows, "php.example.org"));
}

TEST_CASE("evidence says when nothing ever answered") {
    model::Record record;
    record.flows = {flow(www, https, "198.51.100.6"),
                    flow(www, Service::port(model::protocol::udp, 53), "198.51.100.7"),
                    flow(www, Service::port(model::protocol::sctp, 9), "198.51.100.8")};
    record.flows[1].counts.answered = 0;
    record.flows[1].counts.refused = 1;
    record.flows[2].counts.answered = 0;
    const auto table = analyzer::render_table(analyzer::suggest(record), {200, false});
    CHECK(has(table, "1 flow, 1 day  "));
    CHECK(has(table, "1 flow, 1 day, refused  "));
    CHECK(has(table, "1 flow, 1 day, never answered  "));
}

TEST_CASE("of many gaps the first few are told one by one and the others counted") {
    auto record = rich_record();
    record.gaps.assign(8, {monday, monday + std::chrono::hours(1), model::GapReason::not_running, {}});
    const auto table = analyzer::render_table(analyzer::suggest(record), {200, false});
    CHECK(has(table, "gaps: 8; what happened in them was not seen\n"));
    CHECK(has(table, "  and 3 more: fwlearn status\n"));
}
