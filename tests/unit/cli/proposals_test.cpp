// What is proposed for a record: by decisions and of denied flows, beside another one, and against its own
// later days.
#include "workplace.hpp"

#include <nlohmann/json.hpp>

using namespace fwlearn::tests;

TEST_CASE("an empty record proposes no default-deny") {
    const Workplace workplace;
    const auto header = workplace.file("conn.log", conn_log);
    // A record that holds flows, asked about a time in which there are none.
    REQUIRE(workplace.run({"import", "--format", "zeek", "--local", "192.0.2.10", header}).status == 0);
    for (const auto* format : {"nft", "json", "table"}) {
        const auto result = workplace.run({"suggest", "-o", format, "--since", "tomorrow"});
        CHECK(result.status == 2);
        CHECK(result.out.empty());
        CHECK(is_one_line(result.err));
    }
}

TEST_CASE(
    "denied and shadowed flows are counted, shown alone, and get a rule only when somebody allows them") {
    const Workplace workplace;
    std::string lines;
    for (const auto& [verdict, port, packets] :
         {std::tuple{"accepted", 443, 9}, {"denied", 8443, 7}, {"shadowed", 9443, 3}}) {
        lines += nlohmann::json{{"first_seen", "2026-11-23T07:00:00Z"},
                                {"last_seen", "2026-11-23T07:00:00Z"},
                                {"count", 2},
                                {"answered", std::string(verdict) == "denied" ? 0 : 2},
                                {"unanswered", std::string(verdict) == "denied" ? 2 : 0},
                                {"packets_out", packets},
                                {"process", {{"exe", "/bin/a"}}},
                                {"owner", {{"kind", "user"}, {"uid", 33}}},
                                {"attribution", "exact"},
                                {"protocol", "tcp"},
                                {"address", "198.51.100.6"},
                                {"port", port},
                                {"names", nlohmann::json::array()},
                                {"verdict", verdict}}
                     .dump() +
                 "\n";
    }
    REQUIRE(workplace.run({"import", "--format", "jsonl", workplace.file("a.jsonl", lines)}).status == 0);
    const auto status = nlohmann::json::parse(workplace.run({"status", "--json"}).out);
    CHECK(status.at("flows") == 6);
    CHECK(status.at("denied") == 2);
    CHECK(status.at("denied_packets") == 7);
    CHECK(status.at("shadowed") == 2);
    const auto words = workplace.run({"status"}).out;
    CHECK(words.find("denied      2 flows, 7 packets") != std::string::npos);
    CHECK(words.find("shadowed    2 flows") != std::string::npos);

    const auto denied = nlohmann::json::parse(workplace.run({"flows", "--json", "--denied"}).out);
    CHECK(denied.at("port") == 8443);
    CHECK(denied.at("verdict") == "denied");
    const auto shadowed = nlohmann::json::parse(workplace.run({"flows", "--json", "--shadowed"}).out);
    CHECK(shadowed.at("port") == 9443);
    const auto table = workplace.run({"flows"}).out;
    CHECK(table.find("2 denied (7 packets)") != std::string::npos);
    CHECK(table.find("2 answered, shadowed") != std::string::npos);

    const auto ports = [&workplace](const std::vector<std::string>& more) {
        std::vector<std::string> command{"suggest", "-o", "json"};
        command.insert(command.end(), more.begin(), more.end());
        const auto document = nlohmann::json::parse(workplace.run(command).out);
        auto all = nlohmann::json::array();
        for (const auto& rule : document.at("rules")) {
            all.insert(all.end(), rule.at("ports").begin(), rule.at("ports").end());
        }
        return all;
    };
    CHECK(ports({}) == nlohmann::json({443}));
    const auto decisions =
        workplace.file("decisions.toml", "[[decision]]\naction = \"allow\"\nport = 8443\n");
    CHECK(ports({"--decisions", decisions}) == nlohmann::json({443, 8443}));
}

TEST_CASE("decisions shape what is suggested and explained, and those that concern nothing are told") {
    const Workplace workplace;
    const auto log = workplace.file("conn.log", conn_log);
    REQUIRE(workplace.run({"import", "--format", "zeek", "--local", "192.0.2.10", log}).status == 0);
    const auto rules = nlohmann::json::parse(workplace.run({"suggest", "-o", "json"}).out).at("rules");
    REQUIRE(rules.size() == 2);
    const auto denied = rules[0].at("id").get<std::string>();
    const auto kept = rules[1].at("id").get<std::string>();
    const auto file = workplace.file("d.toml", "[[decision]]\naction = 'deny'\nrule = '" + denied +
                                                   "'\n[[decision]]\naction = 'rename'\nrule = '" + kept +
                                                   "'\ntitle = 'Names'\n"
                                                   "[[decision]]\naction = 'deny'\nrule = 'ffffffffffff'\n");
    const auto suggested =
        nlohmann::json::parse(workplace.run({"suggest", "-o", "json", "--decisions", file}).out);
    REQUIRE(suggested.at("rules").size() == 1);
    CHECK(suggested.at("rules")[0].at("title") == "Names");
    CHECK(suggested.at("unmatched").size() == 1);
    CHECK(suggested.at("unmatched")[0].at("line") == 8);
    CHECK(workplace.run({"explain", kept, "--decisions", file}).out.find("note      Names\n") !=
          std::string::npos);
    CHECK(workplace.run({"explain", denied, "--decisions", file}).status == 2);
    CHECK(workplace.run({"suggest", "-o", "table", "--decisions", file}).out.find("decision in line 8 ") !=
          std::string::npos);
}

TEST_CASE("diff compares records and whitelists in every mixture, and its status tells whether they differ") {
    const Workplace workplace;
    const auto log = workplace.file("conn.log", conn_log);
    const std::vector<std::string> import{"import", "--format", "zeek", "--local", "192.0.2.10"};
    auto arguments = import;
    arguments.push_back(log);
    REQUIRE(workplace.run(arguments).status == 0);
    auto fewer = conn_log;
    fewer.erase(fewer.find("1763967728.5"), fewer.find("1763967729.5") - fewer.find("1763967728.5"));
    arguments = import;
    arguments.push_back(workplace.file("fewer.log", fewer));
    REQUIRE(workplace.run(arguments, "fewer.db").status == 0);
    const auto record = workplace.path("flows.db").string();
    const auto other = workplace.path("fewer.db").string();
    const auto printed = workplace.file("w.json", workplace.run({"suggest", "-o", "json"}).out);
    for (const auto& same : {std::pair{record, record}, {record, printed}, {printed, printed}}) {
        const auto result = workplace.run({"diff", same.first, same.second});
        CAPTURE(result.err);
        CHECK(result.status == 0);
        CHECK(result.out.empty());
    }
    const auto less = workplace.run({"diff", printed, other});
    CHECK(less.status == 1);
    CHECK(less.out.find("- ") == 0);
    CHECK(less.out.find(" any user udp/53: 198.51.100.9\n") != std::string::npos);
    CHECK(std::count(less.out.begin(), less.out.end(), '\n') == 1);
    const auto more = workplace.run({"diff", other, record, "--json"});
    CHECK(more.status == 1);
    CHECK(nlohmann::json::parse(more.out).at("change") == "added");
}

TEST_CASE("backtest tells what would have broken, by its status too; what cannot be divided is said") {
    const Workplace workplace;
    const auto line = [](const char* begun, const char* address) {
        return std::string(R"({"first_seen":")") + begun + R"(","last_seen":")" + begun +
               R"(","count":1,"answered":1,"replied":true,"process":{"exe":"/bin/x","uid":1},)"
               R"("task":{"kind":"service","name":"x.service"},"attribution":"exact","protocol":"tcp","port":443,"address":")" +
               address + "\"}\n";
    };
    const auto load = [&](const std::string& lines, const char* database) {
        return workplace.run({"import", "--format", "jsonl", workplace.file("lines.jsonl", lines)}, database)
            .status;
    };
    const auto early = line("2026-11-01T10:00:00Z", "203.0.113.1");
    REQUIRE(load(early, "hour.db") == 0);
    const auto hour = workplace.run({"backtest"}, "hour.db");
    CHECK(hour.status == 2);
    CHECK(hour.err.find("within one hour") != std::string::npos);

    REQUIRE(load(early + line("2026-11-09T10:00:00Z", "203.0.113.1"), "same.db") == 0);
    const auto same = workplace.run({"backtest"}, "same.db");
    CHECK(same.status == 0);
    CHECK(same.out.find("nothing of 1 flow would have been denied") != std::string::npos);

    REQUIRE(load(early + line("2026-11-09T10:00:00Z", "203.0.113.2"), "other.db") == 0);
    const auto other = workplace.run({"backtest"}, "other.db");
    CHECK(other.status == 1);
    CHECK(other.out.find("1 of 1 flows would have been denied, and these tasks broken") != std::string::npos);
    CHECK(other.out.find("service x.service") != std::string::npos);
    const auto learned = workplace.run({"backtest", "--json", "--learn", "2d"}, "other.db");
    CHECK(learned.status == 1);
    CHECK(nlohmann::json::parse(learned.out).at("learned_hours") == 48);
    CHECK(workplace.run({"backtest", "--learn", "30d"}, "other.db").status == 2);

    const auto printed = workplace.file("w.json", workplace.run({"suggest", "-o", "json"}, "same.db").out);
    CHECK(workplace.run({"backtest", printed}, "same.db").status == 0);
    const auto file = workplace.run({"backtest", printed}, "other.db");
    CHECK(file.status == 1);
    CHECK(file.out.find("1 of 2 flows would have been denied") != std::string::npos);
    CHECK(workplace.run({"backtest", printed, "--learn", "2d"}, "other.db").status == 2);
}
