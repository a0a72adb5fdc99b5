#include <analyzer/difference.hpp>
#include <analyzer/read_rules.hpp>
#include <analyzer/render/difference.hpp>
#include <model/errors.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace fwlearn;
using nlohmann::json;

namespace {

json rule(int uid, const std::vector<int>& ports, const std::vector<std::string>& addresses) {
    return {{"id", "000000000000"},
            {"selectors", {{{"kind", "uid"}, {"value", std::to_string(uid)}, {"user", "www"}}}},
            {"protocol", "tcp"},
            {"ports", ports},
            {"addresses", addresses}};
}

json by_name(int uid, const std::vector<std::string>& names) {
    auto made = rule(uid, {443}, {});
    made["by_name"] = json::array();
    for (const auto& name : names) {
        made["by_name"].push_back({{"name", name}, {"addresses", json::array()}});
    }
    return made;
}

std::vector<model::Rule> rules(const std::vector<json>& list) {
    return analyzer::read_rules(json{{"schema", 1}, {"rules", list}}.dump());
}

std::vector<std::string> lines(const std::vector<json>& before, const std::vector<json>& after) {
    std::vector<std::string> result;
    for (const auto& change : analyzer::difference(rules(before), rules(after))) {
        auto line = analyzer::render_difference(change);
        const auto id = std::string(12, 'x');
        for (const auto& one : {change.before, change.after}) {
            if (one) {
                line.replace(line.find(one->id), id.size(), id);
            }
        }
        result.push_back(line);
    }
    return result;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("what admits the same is no difference, whatever else is said of it") {
    auto other = rule(33, {80, 443}, {"198.51.100.6"});
    other["id"] = "123456789abc";
    other["selectors"][0]["user"] = "renamed";
    other["title"] = "Web";
    other["evidence"] = {{"flows", 7}};
    CHECK(lines({rule(33, {80, 443}, {"198.51.100.6"})}, {other}) == Lines{});
    CHECK(lines({}, {}) == Lines{});
}

TEST_CASE("rules of one side alone are told, and of two with the same senders and services what differs") {
    const std::vector<json> before{rule(0, {22}, {"198.51.100.1"}),
                                   rule(33, {443}, {"198.51.100.6", "198.51.100.8"}),
                                   rule(33, {80}, {"198.51.100.6"})};
    const std::vector<json> after{rule(33, {443}, {"198.51.100.6", "203.0.113.0/24"}),
                                  rule(33, {80}, {"198.51.100.6"}), rule(33, {8080}, {"198.51.100.6"})};
    CHECK(lines(before, after) ==
          Lines{"- xxxxxxxxxxxx uid 0 tcp/22: 198.51.100.1",
                "~ xxxxxxxxxxxx is xxxxxxxxxxxx now, uid 33 tcp/443: -198.51.100.8 +203.0.113.0/24",
                "+ xxxxxxxxxxxx uid 33 tcp/8080: 198.51.100.6"});
    CHECK(lines({by_name(33, {"a.example", "b.example"})}, {by_name(33, {"a.example", "c.example"})}) ==
          Lines{"~ xxxxxxxxxxxx is xxxxxxxxxxxx now, uid 33 tcp/443: -b.example +c.example"});
}

TEST_CASE("of several rules of one sender and service those are one that have most in common") {
    const std::vector<json> before{rule(33, {443}, {"198.51.100.1", "198.51.100.3", "198.51.100.5"}),
                                   rule(33, {443}, {"203.0.113.1"})};
    const std::vector<json> after{rule(33, {443}, {"198.51.100.1", "203.0.113.9"}),
                                  rule(33, {443}, {"198.51.100.3", "198.51.100.5"})};
    const auto told = lines(before, after);
    REQUIRE(told.size() == 3);
    CHECK(told[0] == "~ xxxxxxxxxxxx is xxxxxxxxxxxx now, uid 33 tcp/443: -198.51.100.1");
    CHECK(told[1] == "- xxxxxxxxxxxx uid 33 tcp/443: 203.0.113.1");
    CHECK(told[2] == "+ xxxxxxxxxxxx uid 33 tcp/443: 198.51.100.1 203.0.113.9");
}

TEST_CASE("a change is one JSON object, and hostile names are printed inert") {
    const auto changes = analyzer::difference(rules({by_name(33, {"\x1b[2J\n- x"})}), {});
    REQUIRE(changes.size() == 1);
    CHECK(analyzer::render_difference(changes[0]).find_first_of("\x1b\n") == std::string::npos);
    const auto document = json::parse(analyzer::difference_to_json(changes[0]));
    CHECK(document.at("change") == "removed");
    CHECK(document.at("after").is_null());
    CHECK(document.at("before").at("by_name")[0].at("name") == "\x1b[2J\n- x");
}

TEST_CASE("what is no whitelist is refused in one line") {
    const auto with = [](const char* key, const json& value) {
        auto broken = rule(33, {443}, {"198.51.100.6"});
        broken[key] = value;
        return json{{"schema", 1}, {"rules", {broken}}}.dump();
    };
    CHECK(analyzer::read_rules(with("novelty", 1)).size() == 1);
    for (const auto& text : {std::string(),
                             std::string("[]"),
                             std::string("{"),
                             std::string(R"({"schema":1})"),
                             std::string(R"({"schema":2,"rules":[]})"),
                             std::string(R"({"rules":[]})"),
                             std::string(R"({"schema":1,"rules":[7]})"),
                             std::string(100'000, '['),
                             with("selectors", json::array()),
                             with("selectors", {{{"kind", "group"}}}),
                             with("selectors", {{{"kind", "uid"}, {"value", "x"}}}),
                             with("protocol", "tcpp"),
                             with("ports", json::array()),
                             with("ports", {65536}),
                             with("ports", {-1}),
                             with("ports", {443, 80}),
                             with("ports", {"9-8"}),
                             with("ports", {"80-90", 85}),
                             with("addresses", {"198.51.100.1/24"}),
                             with("addresses", {"nowhere"}),
                             with("addresses", {"198.51.100.0/24", "198.51.100.6"}),
                             with("title", 7),
                             with("warnings", {"\x1b[2J"}),
                             with("evidence", 7),
                             with("processes", {7}),
                             with("by_name", {{{"name", ""}}})}) {
        CAPTURE(text.substr(0, 200));
        std::string said;
        try {
            static_cast<void>(analyzer::read_rules(text));
        } catch (const model::UsageError& error) {
            said = error.what();
        }
        CHECK_FALSE(said.empty());
        CHECK(said.find_first_of("\n\x1b") == std::string::npos);
    }
}

TEST_CASE("a rule with what its protocol does not have, or without its ICMP type, is refused by that name") {
    const auto said_of = [](const json& changes) {
        auto made = rule(33, {}, {"198.51.100.6"});
        made.update(changes);
        try {
            rules({made});
        } catch (const model::UsageError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    const json ping{{"type", 8}, {"code", 0}};
    CHECK(said_of({{"protocol", "gre"}}).empty());
    CHECK(said_of({{"protocol", "icmp"}, {"icmp", {ping}}}).empty());
    CHECK(said_of({{"protocol", "gre"}, {"ports", {443}}}).find("a rule for gre with 'ports'") !=
          std::string::npos);
    CHECK(said_of({{"protocol", "icmp"}, {"icmp", {ping}}, {"ports", {443}}})
              .find("rule for icmp with 'ports'") != std::string::npos);
    CHECK(
        said_of({{"protocol", "tcp"}, {"ports", {443}}, {"icmp", {ping}}}).find("rule for tcp with 'icmp'") !=
        std::string::npos);
    CHECK(said_of({{"protocol", "icmp"}, {"icmp", {{{"code", 0}}}}}).find("has no 'type'") !=
          std::string::npos);
    CHECK(said_of({{"protocol", "icmp"}, {"icmp", {{{"type", 8}}}}}).find("has no 'code'") !=
          std::string::npos);
}

TEST_CASE("a destination that very many rules have does not say which of them belong together") {
    std::vector<json> before;
    std::vector<json> after;
    for (unsigned number = 0; number < 2000; ++number) {
        const auto own = "203.0." + std::to_string(number / 250) + "." + std::to_string(number % 250);
        before.push_back(rule(33, {443}, {"198.51.100.1", own}));
        after.push_back(rule(33, {443}, {"198.51.100.1", own, "203.0.113.255"}));
    }
    const auto changes = analyzer::difference(rules(before), rules(after));
    REQUIRE(changes.size() == 2000);
    for (const auto& change : changes) {
        REQUIRE(change.before.has_value());
        REQUIRE(change.after.has_value());
        REQUIRE(change.gone.empty());
        REQUIRE(change.come == std::vector{model::ForeignText("203.0.113.255")});
    }
}
