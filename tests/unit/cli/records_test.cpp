// What comes into a record, what comes out of it, and what its status tells.
#include "../../needs_root.hpp"
#include "workplace.hpp"

#include <sql/writer.hpp>

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

using namespace fwlearn::tests;

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
    const auto newest = workplace.run({"flows", "--json", "-n", "1"}).out;
    CHECK(is_one_line(newest));
    CHECK(flows.out.rfind(newest, 0) == 0);
    CHECK(workplace.run({"flows", "--json", "--limit", "9"}).out == flows.out);
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
    const auto slip = workplace.run({"purge", "--before", "tomorrow"});
    CHECK(slip.status == 2);
    CHECK(is_one_line(slip.err));
    CHECK(workplace.run({"flows", "--json"}).out == flows);
    const auto purged = workplace.run({"purge", "--all"});
    CHECK(purged.status == 0);
    CHECK(purged.out.find(" 3 distinct flows") != std::string::npos);
    CHECK(workplace.run({"flows", "--json"}).out.empty());
    // Of what is older and no record of its own nothing stays; of a damaged record it is told.
    const auto copy = workplace.file("flows.db.v1.bak", "");
    const auto damaged = workplace.file("flows.db.corrupt-20261126T081435Z", "");
    const auto beside = workplace.run({"purge", "--all"});
    CHECK_FALSE(std::filesystem::exists(copy));
    CHECK(std::filesystem::exists(damaged));
    CHECK(is_one_line(beside.err));
    CHECK(beside.err.find(damaged) != std::string::npos);
    // Also that it was imported: it can be again.
    CHECK(workplace.run(import).err.empty());
    CHECK(workplace.run({"flows", "--json"}).out == flows);
}

TEST_CASE("root imports what only root may read, and the record belongs to whose folder it is in") {
    if (!has_root()) { // nobody else has anybody to act as
        return;
    }
    constexpr uid_t owner = 65534;
    const Workplace workplace;
    const auto log = workplace.file("conn.log", conn_log);
    REQUIRE(::chmod(log.c_str(), 0600) == 0);
    std::filesystem::create_directory(workplace.path("folder"));
    for (const auto& folder : {workplace.path("folder"), workplace.path("")}) {
        REQUIRE(::chown(folder.c_str(), owner, owner) == 0);
    }
    const std::vector<std::string> import{"import", "--format", "zeek", "--local", "192.0.2.10", log};
    const auto imported = workplace.run(import, "folder/flows.db");
    CHECK(imported.err.empty());
    REQUIRE(imported.status == 0);
    CHECK(::geteuid() == 0);
    for (const std::string suffix : {"", "-wal", "-shm"}) {
        CAPTURE(suffix);
        struct stat status {};
        REQUIRE(::lstat((workplace.path("folder/flows.db").string() + suffix).c_str(), &status) == 0);
        CHECK(status.st_uid == owner);
    }
    CHECK(workplace.run(import, "folder/flows.db").err.find("not counted twice") != std::string::npos);
    // And in a folder that has to be made.
    CHECK(workplace.run(import, "new/flows.db").status == 0);
    struct stat made {};
    REQUIRE(::lstat(workplace.path("new").c_str(), &made) == 0);
    CHECK(made.st_uid == owner);
    // A link to what is root's alone opens nothing.
    const auto secret = workplace.file("empty", "");
    REQUIRE(::chmod(secret.c_str(), 0600) == 0);
    std::filesystem::create_symlink(secret, workplace.path("folder/link.db"));
    REQUIRE(::lchown(workplace.path("folder/link.db").c_str(), owner, owner) == 0);
    const auto refused = workplace.run(import, "folder/link.db");
    CHECK(refused.status == 2);
    CHECK(is_one_line(refused.err));
    CHECK(std::filesystem::file_size(secret) == 0);
}

TEST_CASE("flows of a time are those that were seen in it, and not in its whole hours") {
    const Workplace workplace;
    std::string lines;
    for (const auto* time : {"2026-11-23T07:05:00Z", "2026-11-23T07:25:00Z", "2026-11-23T07:45:00Z"}) {
        lines += nlohmann::json{{"first_seen", time},
                                {"count", 1},
                                {"protocol", "tcp"},
                                {"address", "198.51.100.1" + std::string(time).substr(14, 2)},
                                {"port", 443}}
                     .dump() +
                 "\n";
    }
    REQUIRE(workplace.run({"import", "--format", "jsonl", workplace.file("flows.jsonl", lines)}).status == 0);
    const auto addresses = [&workplace](const std::vector<std::string>& when) {
        std::vector<std::string> command{"flows", "--json"};
        command.insert(command.end(), when.begin(), when.end());
        std::istringstream found(workplace.run(command).out);
        std::string all;
        for (std::string line; std::getline(found, line);) {
            all += nlohmann::json::parse(line).at("address").get<std::string>().substr(12) + " ";
        }
        return all;
    };
    CHECK(addresses({}) == "45 25 05 ");
    CHECK(addresses({"--since", "2026-11-23T07:20:00Z"}) == "45 25 ");
    CHECK(addresses({"--until", "2026-11-23T07:25:00Z"}) == "05 ");
    CHECK(addresses({"--since", "2026-11-23T07:20:00Z", "--until", "2026-11-23T07:30:00Z"}) == "25 ");
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

TEST_CASE(
    "what only a client said of an address survives export and import as that, and opens it to nobody else") {
    const Workplace workplace;
    std::string lines;
    const auto add = [&lines](unsigned uid, const char* address, unsigned port, const char* source) {
        nlohmann::json line{{"first_seen", "2026-11-23T07:00:00Z"},
                            {"count", 1},
                            {"answered", 1},
                            {"process", {{"exe", "/bin/a"}, {"uid", uid}}},
                            {"owner", {{"kind", "user"}, {"uid", uid}}},
                            {"attribution", "exact"},
                            {"protocol", "tcp"},
                            {"address", address},
                            {"port", port}};
        if (source != nullptr) {
            line.update({{"names", {"deb.example.org"}}, {"name_source", source}});
        }
        lines += line.dump() + "\n";
    };
    add(42, "198.51.100.6", 443, "dns of the host");
    add(33, "203.0.113.66", 443, "tls sni");
    add(33, "203.0.113.66", 8080, nullptr);
    add(34, "203.0.113.67", 443, "dns of the process");
    add(34, "203.0.113.67", 8080, nullptr);
    REQUIRE(workplace.run({"import", "--format", "jsonl", workplace.file("a.jsonl", lines)}).status == 0);
    const auto exported = workplace.run({"export", "-q"}).out;
    CHECK(exported.find(R"("name_source":null,"name_evidence":["tls sni"])") != std::string::npos);
    REQUIRE(
        workplace.run({"import", "--format", "jsonl", workplace.file("b.jsonl", exported)}, "b.db").status ==
        0);
    const auto suggested = workplace.run({"suggest", "-o", "json"}).out;
    CHECK(workplace.run({"suggest", "-o", "json"}, "b.db").out == suggested);
    CHECK(workplace.run({"flows", "--json"}, "b.db").out == workplace.run({"flows", "--json"}).out);
    unsigned by_address = 0;
    const auto whitelist = nlohmann::json::parse(suggested);
    for (const auto& rule : whitelist.at("rules")) {
        by_address += rule.at("by_name").empty() ? 1U : 0U;
    }
    CHECK(by_address == 1); // the one of who only said it

    auto broken = nlohmann::json::parse(exported.substr(0, exported.find('\n')));
    for (const auto& wrong : {nlohmann::json{"hearsay"}, nlohmann::json{"tls sni", "tls sni"}}) {
        broken["name_evidence"] = wrong;
        const auto bad = workplace.file("bad.jsonl", broken.dump() + "\n");
        const auto refused = workplace.run({"import", "--format", "jsonl", bad}, "c.db");
        CHECK(refused.status == 2);
        CHECK(refused.err.find("name_evidence") != std::string::npos);
    }
}

TEST_CASE("who has rules to load printed too early is told so beside them, and by -q is not") {
    const Workplace workplace;
    const auto log = workplace.file("conn.log", conn_log);
    REQUIRE(workplace.run({"import", "--format", "zeek", "--local", "192.0.2.10", log}).status == 0);
    for (const std::string format : {"nft", "iptables", "firewalld"}) {
        const auto told = workplace.run({"suggest", "-o", format}).err;
        CHECK_MESSAGE(told.find("fwlearn: long enough to lock down: not yet, for ") != std::string::npos,
                      told);
        CHECK(workplace.run({"-q", "suggest", "-o", format}).err.empty());
    }
    CHECK(workplace.run({"suggest", "-o", "json"}).err.empty());
}

TEST_CASE("status tells that nobody observes, in words and as JSON") {
    const Workplace workplace;
    const auto log = workplace.file("conn.log", conn_log);
    REQUIRE(workplace.run({"import", "--format", "zeek", "--local", "192.0.2.10", log}).status == 0);
    const auto text = workplace.run({"status"}).out;
    CHECK(text.rfind("not observing", 0) == 0);
    CHECK(text.find("\n            on: systemctl start fwlearn-observe; why not: journalctl -u") !=
          std::string::npos);
    const auto status = nlohmann::json::parse(workplace.run({"status", "--json"}).out);
    CHECK(status.at("observing") == false);
    CHECK(status.at("flows") == 3);
    CHECK(status.at("gaps").empty());
}

TEST_CASE("status says which of the whitelist's files is damaged, and not that root may read it") {
    const Workplace workplace;
    const auto log = workplace.file("conn.log", conn_log);
    REQUIRE(workplace.run({"import", "--format", "zeek", "--local", "192.0.2.10", log}).status == 0);
    const auto state = workplace.path("state");
    std::filesystem::create_directory(state);
    std::filesystem::permissions(state, std::filesystem::perms::owner_all);
    const auto status = [&](std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"status", "--state", state.string()});
        return workplace.run(more);
    };
    CHECK(nlohmann::json::parse(status({"--json"}).out).at("firewall").at("damage").is_null());
    for (const auto* const name : {"confirmed.json", "armed.json"}) {
        std::ofstream(state / name) << "{";
        const auto words = status();
        CHECK(words.out.find("the state folder is damaged: cannot understand " + std::string(name)) !=
              std::string::npos);
        CHECK(words.out.find("root can") == std::string::npos);
        const auto firewall = nlohmann::json::parse(status({"--json"}).out).at("firewall");
        CHECK(firewall.at("state") == "unknown");
        CHECK(firewall.at("damage").get<std::string>().find(name) != std::string::npos);
    }
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

TEST_CASE(
    "status tells the newest gaps, and of the counters those that should be 0, unless all are asked for") {
    using namespace fwlearn;
    using namespace std::chrono_literals;
    const Workplace workplace;
    const auto begin = model::Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23));
    constexpr int gaps = 12;
    {
        sql::Writer writer(workplace.path("flows.db"));
        model::Observation observation;
        observation.started = observation.last_alive = begin;
        writer.begin_observation(observation);
        model::Batch batch;
        for (int gap = 0; gap < gaps; ++gap) {
            batch.gaps.push_back(
                {begin + gap * 1min, begin + gap * 1min + 1s, model::GapReason::nflog_overrun, 7});
        }
        writer.commit(batch, {}, begin + 1h);
        writer.set_counters(std::vector<std::pair<std::string, std::uint64_t>>{
            {"forged_messages", 3}, {"foreign_messages", 0}, {"nflog_messages", 500}});
        writer.end_observation(begin + 1h);
    }
    const auto said = workplace.run({"status"}).out;
    const auto says = [&said](const char* words) { return said.find(words) != std::string::npos; };
    CAPTURE(said);
    CHECK(says("gaps        12\n  the newest 10; all: fwlearn status --json\n"));
    CHECK_FALSE(says("2026-11-23T00:01:00"));
    CHECK(says("2026-11-23T00:02:00"));
    CHECK(says("2026-11-23T00:11:00"));
    CHECK(says("lost        NFLOG overrun 84\n"));
    CHECK(says("  forged_messages          3\n"));
    CHECK_FALSE(says("foreign_messages"));
    CHECK_FALSE(says("nflog_messages"));
    const auto all = workplace.run({"status", "--counters"}).out;
    CHECK(all.find("  foreign_messages         0\n") != std::string::npos);
    CHECK(all.find("  nflog_messages           500\n") != std::string::npos);
    CHECK(nlohmann::json::parse(workplace.run({"status", "--json"}).out).at("gaps").size() == gaps);
}
