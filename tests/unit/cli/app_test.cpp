#include "workplace.hpp"

#include <nlohmann/json.hpp>

using namespace fwlearn;
using namespace fwlearn::tests;

TEST_CASE("what cannot be understood is one line and status 2") {
    const Workplace workplace;
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {},
             {"nope"},
             {"no\npe\x1b[31m"},
             {"--nope"},
             {"flows", "--nope"},
             {"flows", "surplus"},
             {"flows", "--since", "soon"},
             {"flows", "--since", "now", "--until", "yesterday"},
             {"flows", "--port", "70000"},
             {"flows", "--dest", "nowhere\n"},
             {"suggest", "-o", "yaml"},
             {"diff", "/etc/hostname"},
             {"diff", "/nonexistent", "/nonexistent"},
             {"diff", "/", "/"},
             {"diff", "/dev/null", "/dev/null"},
             {"backtest", "/nonexistent/whitelist.json"},
             {"coverage"},
             {"coverage", "surplus"},
             {"coverage", "--since", "soon"},
             {"rehearse"},
             {"rehearse", "--yes"},
             {"backtest", "/etc/hostname"},
             {"backtest", "--learn", "long"},
             {"suggest", "--by", "1"},
             {"suggest", "--selector", "7"},
             {"suggest", "--widen", "everything"},
             {"suggest", "--decisions", "/nonexistent/decisions.toml"},
             {"explain", "ab", "--decisions", "/"},
             {"import"},
             {"import", "--format", "pcap", "x"},
             {"import", "--format", "zeek", "--local", "nonsense", "x"},
             {"import", "--format", "zeek", "--local", "192.0.2.10", "/nonexistent/conn.log"},
             {"observe", "--group", "70000"},
             {"status", "--json", "--prometheus"},
             {"apply", "--confirm-within", "25h"},
             {"observe", "--duration", "long"},
             {"observe", "--keep", "0d"},
             {"purge"},
             {"purge", "--all", "--before", "now"},
             {"purge", "--before", "soon"},
             {"apply", "--at-boot", "--ignore-health"},
             {"rollback", "--of-unit", "a.service"},
             {"rollback", "--when-due", "a", "--unless-healthy", "b"},
             {"--color", "sometimes", "flows"}}) {
        const auto result = workplace.run(arguments);
        CAPTURE(arguments);
        CAPTURE(result.err);
        CHECK(result.status == 2);
        CHECK(result.out.empty());
        CHECK(is_one_line(result.err));
    }
    CHECK(workplace.run({"nope"}).err.find("no verb 'nope'") != std::string::npos);
}

TEST_CASE("help and version are no errors, and help names the verbs that there are") {
    const Workplace workplace;
    const auto help = workplace.run({"--help"});
    CHECK(help.status == 0);
    for (const auto* verb : {"observe", "status", "flows", "suggest", "import", "purge"}) {
        CHECK(help.out.find(std::string("\n  ") + verb + " ") != std::string::npos);
        CHECK(workplace.run({verb, "--help"}).status == 0);
        CHECK(workplace.run({verb, "--help"}).out.find("--help") != std::string::npos);
    }
    const auto version = workplace.run({"--version"});
    CHECK(version.status == 0);
    CHECK(version.out.rfind("fwlearn ", 0) == 0);
}

TEST_CASE("what waits for a service to fail ends where nothing is applied") {
    const Workplace workplace;
    for (const auto* way : {"--unless-healthy", "--when-due"}) {
        const auto result = workplace.run({"rollback", way, "0123", "--state", workplace.path("state")});
        CHECK(result.status == 0);
        CHECK(result.out == "nothing is to be taken back any more\n");
    }
}

TEST_CASE("without a record every reading verb says so and creates nothing") {
    const Workplace workplace;
    for (const auto* verb : {"status", "flows", "suggest"}) {
        const auto result = workplace.run({verb});
        CHECK(result.status == 2);
        CHECK(is_one_line(result.err));
        CHECK(result.out.empty());
    }
    CHECK(workplace.run({"purge", "--all"}).status == 2);
    CHECK_FALSE(std::filesystem::exists(workplace.path("flows.db")));
}

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

TEST_CASE("a Zeek log becomes flows and a whitelist, once") {
    const Workplace workplace;
    const auto log = workplace.file("conn.log", conn_log);
    const auto imported = workplace.run({"import", "--format", "zeek", "--local", "192.0.2.10", log});
    CHECK(imported.status == 0);
    CHECK(imported.out.find("3 flows") != std::string::npos);
    const auto again = workplace.run({"import", "--format", "zeek", "--local", "192.0.2.10", log});
    CHECK(again.status == 0);
    CHECK(again.err.find("not counted twice") != std::string::npos);

    const auto flows = workplace.run({"flows", "--json"});
    REQUIRE(flows.status == 0);
    std::istringstream lines(flows.out);
    std::uint64_t count = 0;
    std::size_t rows = 0;
    for (std::string line; std::getline(lines, line); ++rows) {
        count += nlohmann::json::parse(line).at("count").get<std::uint64_t>();
    }
    CHECK(rows == 3);
    CHECK(count == 3);

    const auto suggested = nlohmann::json::parse(workplace.run({"suggest", "-o", "json"}).out);
    CHECK(suggested.at("schema") == 1);
    REQUIRE(suggested.at("rules").size() == 2);
    CHECK(suggested.at("rules")[0].at("selector").at("kind") == "any");
    CHECK(suggested.at("rules")[0].at("addresses") == nlohmann::json({"198.51.100.6/31"}));
    CHECK(suggested.at("rules")[1].at("protocol") == "udp");
    CHECK(suggested.at("observed").at("flows") == 3);

    CHECK(workplace.run({"flows", "--json", "--port", "udp/53"}).out.find("198.51.100.9") !=
          std::string::npos);
    CHECK(workplace.run({"flows", "--json", "--dest", "203.0.113.0/24"}).out.empty());
    CHECK(workplace.run({"suggest"}).out.find("table inet fwlearn {") !=
          std::string::npos); // no terminal here
}

TEST_CASE("what is purged is gone, and what is not older stays") {
    const Workplace workplace;
    const auto log = workplace.file("conn.log", conn_log);
    const std::vector<std::string> import{"import", "--format", "zeek", "--local", "192.0.2.10", log};
    REQUIRE(workplace.run(import).status == 0);
    const auto flows = workplace.run({"flows", "--json"}).out;
    const auto nothing = workplace.run({"purge", "--before", "@0"});
    CHECK(nothing.status == 0);
    CHECK(nothing.out.rfind("0 rows deleted: ", 0) == 0);
    CHECK(workplace.run({"flows", "--json"}).out == flows);
    const auto purged = workplace.run({"purge", "--all"});
    CHECK(purged.status == 0);
    CHECK(purged.out.find(" 3 distinct flows") != std::string::npos);
    CHECK(workplace.run({"flows", "--json"}).out.empty());
    // Also that it was imported: it can be again.
    CHECK(workplace.run(import).err.empty());
    CHECK(workplace.run({"flows", "--json"}).out == flows);
}

TEST_CASE("what flows --json prints can be imported, and is the same then") {
    const Workplace workplace;
    const auto log = workplace.file("conn.log", conn_log);
    REQUIRE(workplace.run({"import", "--format", "zeek", "--local", "192.0.2.10", log}).status == 0);
    const auto flows = workplace.run({"flows", "--json"}).out;
    REQUIRE_FALSE(flows.empty());
    const auto lines = workplace.file("flows.jsonl", flows);
    const auto imported = workplace.run({"import", "--format", "jsonl", lines}, "other.db");
    CAPTURE(imported.err);
    REQUIRE(imported.status == 0);
    CHECK(workplace.run({"flows", "--json"}, "other.db").out == flows);
    CHECK(workplace.run({"suggest", "-o", "nft"}, "other.db").out.find("198.51.100.6/31") !=
          std::string::npos);
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

TEST_CASE("what a flow was known by survives export and import, and explain finds its rule") {
    const Workplace workplace;
    const auto line = nlohmann::json{{"first_seen", "2026-11-23T07:00:00Z"},
                                     {"last_seen", "2026-11-23T07:00:00Z"},
                                     {"count", 1},
                                     {"process", {{"exe", "/bin/a"}}},
                                     {"owner", {{"kind", "user"}, {"uid", 33}}},
                                     {"attribution", "exact"},
                                     {"protocol", "tcp"},
                                     {"address", "198.51.100.6"},
                                     {"port", 443},
                                     {"names", {"api.example.org"}},
                                     {"name_source", "dns of the process"}}
                          .dump() +
                      "\n";
    const auto imported = workplace.run({"import", "--format", "jsonl", workplace.file("flows.jsonl", line)});
    CAPTURE(imported.err);
    REQUIRE(imported.status == 0);
    const auto again = workplace.run({"flows", "--json"}).out;
    CHECK(again.find(R"("names":["api.example.org"],"name_source":"dns of the process")") !=
          std::string::npos);
    const auto rules = nlohmann::json::parse(workplace.run({"suggest", "-o", "json"}).out).at("rules");
    REQUIRE(rules.size() == 1);
    CHECK(rules[0].at("by_name")[0].at("name") == "api.example.org");
    const auto id = rules[0].at("id").get<std::string>();
    CHECK(workplace.run({"explain", id.substr(0, 4)}).out.find("asked by  /bin/a") != std::string::npos);
    for (const auto& wrong : {std::string("zzzz"), std::string("\x1b[2J")}) {
        const auto refused = workplace.run({"explain", wrong});
        CHECK(refused.status == 2);
        CHECK(refused.err.find("there is no rule '") != std::string::npos);
        CHECK(refused.err.find('\x1b') == std::string::npos);
    }
    // A name without the address that it would be for is no line of ours.
    auto broken = nlohmann::json::parse(line);
    broken["name_source"] = "hearsay";
    const auto bad = workplace.file("bad.jsonl", broken.dump() + "\n");
    CHECK(workplace.run({"import", "--format", "jsonl", bad}, "other.db").status == 2);
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
    CHECK(same.out.find("nothing of 1 flows would have been denied") != std::string::npos);

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

TEST_CASE("status tells that nobody observes, in words and as JSON") {
    const Workplace workplace;
    const auto log = workplace.file("conn.log", conn_log);
    REQUIRE(workplace.run({"import", "--format", "zeek", "--local", "192.0.2.10", log}).status == 0);
    CHECK(workplace.run({"status"}).out.rfind("not observing", 0) == 0);
    const auto status = nlohmann::json::parse(workplace.run({"status", "--json"}).out);
    CHECK(status.at("observing") == false);
    CHECK(status.at("flows") == 3);
    CHECK(status.at("gaps").empty());
}

TEST_CASE("status counts processes and tasks, and how much of what is known of them is certain") {
    const Workplace workplace;
    const auto line = [](const char* exe, const char* kind, const char* task, const char* attribution) {
        return nlohmann::json{{"first_seen", "2026-11-23T07:00:00Z"},
                              {"last_seen", "2026-11-23T07:00:00Z"},
                              {"count", 1},
                              {"process", {{"exe", exe}}},
                              {"task", {{"kind", kind}, {"name", task}}},
                              {"attribution", attribution},
                              {"protocol", "udp"},
                              {"address", "198.51.100.6"},
                              {"port", 53}}
                   .dump() +
               "\n";
    };
    const auto flows = workplace.file(
        "flows.jsonl",
        line("/bin/a", "timer", "a.timer", "exact") + line("/bin/b", "timer", "a.timer", "exact") +
            line("/bin/b", "cron", "/etc/crontab:1", "inferred") + line("", "unknown", "", "unknown"));
    const auto imported = workplace.run({"import", "--format", "jsonl", flows});
    CAPTURE(imported.err);
    REQUIRE(imported.status == 0);
    const auto status = nlohmann::json::parse(workplace.run({"status", "--json"}).out);
    CHECK(status.at("processes") == 2);
    CHECK(status.at("tasks") == nlohmann::json{{"timer", 1}, {"cron", 1}});
    CHECK(status.at("attributed_share") == 0.75);
    CHECK(status.at("exact_share") == 0.5);
    const auto words = workplace.run({"status"}).out;
    CAPTURE(words);
    CHECK(words.find("75.0 % to a process (50.0 % exact)") != std::string::npos);
    CHECK(words.find("1 timer, 1 cron, of 2 processes\n") != std::string::npos);
}

TEST_CASE("the rules can be printed without privilege and without a record") {
    const Workplace workplace;
    const auto nft = workplace.run({"observe", "--print-rules", "--group", "7"});
    CHECK(nft.status == 0);
    CHECK(nft.out.find("log prefix \"fwlearn flow\" group 7") != std::string::npos);
    CHECK(workplace.run({"observe", "--print-rules", "-o", "iptables"})
              .out.find("--nflog-prefix \"fwlearn flow\" --nflog-group 61") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(workplace.path("flows.db")));
}
