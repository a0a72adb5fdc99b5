#include "workplace.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <regex>
#include <set>

using namespace fwlearn;
using namespace fwlearn::tests;
using nlohmann::json;

namespace {

/// A server that has one of each: users of one service and of two, sessions, cron, a program where nobody
/// should have one, a shell below a service, names, neighbours, ICMP, what was denied, and what was seen on
/// two days.
struct Server {
    Workplace workplace;
    std::string lines;
    unsigned count = 0;

    void flow(const char* time, const char* address, unsigned port, json more) {
        json line{{"first_seen", time}, {"last_seen", time},        {"count", ++count},
                  {"protocol", "tcp"},  {"address", address},       {"port", port},
                  {"answered", count},  {"bytes_out", 100 * count}, {"attribution", "exact"}};
        line.update(std::move(more));
        lines += line.dump() + "\n";
    }

    static json process(const char* exe, unsigned uid, const char* user, const char* unit,
                        const char* slice) {
        return {{"exe", exe},
                {"comm", "commword"},
                {"uid", uid},
                {"user", user},
                {"unit", unit},
                {"cgroup", std::string(slice) + unit},
                {"cmdline", std::string(exe) + " --secretive"},
                {"ancestors", {"/usr/lib/systemd/systemd"}}};
    }
    static json owner(unsigned uid, const char* user) {
        return {{"kind", "user"}, {"uid", uid}, {"gid", uid}, {"user", user}};
    }
    static json task(const char* kind, const char* name) { return {{"kind", kind}, {"name", name}}; }

    Server() {
        const auto web = process("/usr/sbin/webberd", 212, "webuser", "webber.service", "/system.slice/");
        const auto backup = process("/opt/vendor/backuptool", 0, "root", "backups.service", "/system.slice/");
        const auto person = process("/home/janedoe/toolbox", 48211, "janedoe", "session-7.scope",
                                    "/user.slice/user-48211.slice/");
        for (const auto* time : {"2026-11-23T07:00:01Z", "2026-11-23T09:30:00Z", "2026-11-24T07:00:00Z"}) {
            for (const auto* address : {"198.51.100.17", "198.51.100.18", "203.0.113.99"}) {
                flow(time, address, 443,
                     {{"process", web},
                      {"owner", owner(212, "webuser")},
                      {"task", task("service", "webber.service")},
                      {"names", {"api.acmecorp.co.uk"}},
                      {"name_source", "dns of the process"}});
            }
        }
        flow("2026-11-23T08:00:00Z", "10.20.30.40", 5432,
             {{"process", web},
              {"owner", owner(212, "webuser")},
              {"task", task("service", "webber.service")},
              {"names", {"dbmaster.innernet", "otherdb.innernet"}},
              {"interface", "vlan4711"}});
        auto shell = web;
        shell["exe"] = "/usr/bin/dash";
        shell["ancestors"] = {"/usr/sbin/webberd", "/usr/lib/systemd/systemd"};
        flow("2026-11-23T08:00:00Z", "203.0.113.7", 80,
             {{"process", shell},
              {"owner", owner(212, "webuser")},
              {"task", task("service", "webber.service")}});
        flow("2026-11-23T02:00:00Z", "2001:db8:77::15", 873,
             {{"process", backup},
              {"owner", owner(0, "root")},
              {"task", task("timer", "backups.timer")},
              {"creator", web}});
        flow("2026-11-23T02:10:00Z", "198.51.100.200", 25,
             {{"process", process("/usr/sbin/mailerd", 0, "root", "mailers.service", "/system.slice/")},
              {"owner", owner(0, "root")},
              {"task", task("cron", "/etc/cron.d/mailjob:12")}});
        flow("2026-11-23T03:10:00Z", "198.51.100.201", 22,
             {{"process", person},
              {"owner", owner(48211, "janedoe")},
              {"task", task("session", "sessionname")}});
        flow("2026-11-23T03:20:00Z", "198.51.100.202", 4444,
             {{"process", process("/tmp/dropperfile", 212, "webuser", "webber.service", "/system.slice/")},
              {"owner", owner(212, "webuser")},
              {"task", task("service", "webber.service")}});
        flow("2026-11-23T03:30:00Z", "169.254.169.254", 80,
             {{"process", web},
              {"owner", owner(212, "webuser")},
              {"task", task("service", "webber.service")}});
        flow("2026-11-23T03:40:00Z", "203.0.113.50", 25,
             {{"process", web},
              {"owner", owner(212, "webuser")},
              {"verdict", "denied"},
              {"answered", 0},
              {"unanswered", count + 1},
              {"packets_out", 3}});
        flow("2026-11-23T03:50:00Z", "0.0.0.0", 6881,
             {{"overflow", true}, {"owner", owner(48211, "janedoe")}});
        json ping{{"first_seen", "2026-11-23T04:00:00Z"}, {"count", 1},     {"protocol", "icmp"},
                  {"address", "198.51.100.66"},           {"icmp_type", 8}, {"icmp_code", 0},
                  {"owner", {{"kind", "kernel"}}}};
        lines += ping.dump() + "\n";
    }

    void taken_in(const std::string& text, const std::string& database) const {
        const auto file = workplace.file(database + ".jsonl", text);
        const auto result = workplace.run({"import", "--format", "jsonl", file}, database);
        CHECK(result.err.empty());
        CHECK(result.out.find(" 0 not understood") != std::string::npos);
    }
};

std::multiset<std::string> lines_of(const std::string& text) {
    std::istringstream stream(text);
    std::multiset<std::string> lines;
    for (std::string line; std::getline(stream, line);) {
        lines.insert(line);
    }
    return lines;
}

/// What a rule is but for whose and where.
std::multiset<std::string> shapes(const json& whitelist) {
    std::multiset<std::string> all;
    for (const auto& rule : whitelist.at("rules")) {
        auto evidence = rule.at("evidence");
        json shape{{"protocol", rule.at("protocol")},          {"ports", rule.value("ports", json())},
                   {"addresses", rule.at("addresses").size()}, {"names", rule.at("names").size()},
                   {"by_name", rule.at("by_name").size()},     {"processes", rule.at("processes").size()},
                   {"tasks", rule.at("tasks").size()},         {"flags", rule.at("flags")},
                   {"exposure", rule.at("exposure")},          {"evidence", evidence}};
        all.insert(shape.dump());
    }
    std::map<std::string, unsigned> reasons;
    for (const auto& left_out : whitelist.at("left_out")) {
        ++reasons[left_out.at("reason").get<std::string>()];
    }
    all.insert(json(reasons).dump());
    return all;
}

/// Every text that somebody chose, and each word of it.
void add_words(const json& value, std::set<std::string>& words) {
    static const std::set<std::string> ours{"kind",          "attribution", "protocol",   "name_source",
                                            "name_evidence", "verdict",     "first_seen", "last_seen"};
    if (value.is_string()) {
        const auto text = value.get<std::string>();
        words.insert(text);
        static const std::regex separator(R"([/. :@*-]+)");
        for (std::sregex_token_iterator word(text.begin(), text.end(), separator, -1), end; word != end;
             ++word) {
            words.insert(*word);
        }
        return;
    }
    if (value.is_primitive()) { // whose one item is itself
        return;
    }
    for (const auto& [key, inner] : value.items()) {
        if (!value.is_object() || !ours.contains(key)) {
            add_words(inner, words);
        }
    }
}

} // namespace

TEST_CASE("what was exported and imported again is the same record of flows") {
    const Server server;
    server.taken_in(server.lines, "a.db");
    const auto exported = server.workplace.run({"export"}, "a.db");
    CHECK(exported.status == 0);
    CHECK(is_one_line(exported.err));
    CHECK(lines_of(exported.out).size() == 19); // one for each of three hours, where others have one for all
    server.taken_in(exported.out, "b.db");
    const auto flows = [&](const std::string& database) {
        return lines_of(server.workplace.run({"flows", "--json"}, database).out);
    };
    CHECK(flows("a.db").size() == 13);
    CHECK(flows("a.db") == flows("b.db"));
    const auto suggested = server.workplace.run({"suggest", "-o", "json"}, "a.db");
    CHECK(suggested.out.find("\"days\": 2") != std::string::npos);
    CHECK(suggested.out == server.workplace.run({"suggest", "-o", "json"}, "b.db").out);
    CHECK(lines_of(server.workplace.run({"export", "-q"}, "b.db").out) == lines_of(exported.out));
}

TEST_CASE("a redacted export has nothing of what it hides, and the same rules come of it") {
    const Server server;
    server.taken_in(server.lines, "a.db");
    const auto redacted = server.workplace.run({"-q", "export", "--redact"}, "a.db");
    CHECK(redacted.status == 0);
    CHECK(redacted.err.empty());
    std::set<std::string> words;
    std::istringstream plain(server.workplace.run({"-q", "export"}, "a.db").out);
    for (std::string line; std::getline(plain, line);) {
        add_words(json::parse(line), words);
    }
    // What docs/export.md says is not hidden, and what two characters are in everything.
    for (const auto* open : {"usr",
                             "sbin",
                             "opt",
                             "home",
                             "tmp",
                             "etc",
                             "cron",
                             "lib",
                             "bin",
                             "dash",
                             "service",
                             "timer",
                             "scope",
                             "slice",
                             "system",
                             "systemd",
                             "/usr/bin/dash",
                             "user",
                             "session",
                             "co",
                             "uk",
                             "169.254.169.254",
                             "169",
                             "254",
                             "0.0.0.0"}) {
        words.erase(open);
    }
    CHECK(words.contains("janedoe"));
    CHECK(words.contains("acmecorp"));
    CHECK(words.contains("203.0.113.99"));
    CHECK(words.contains("mailjob"));
    CHECK(words.contains("vlan4711"));
    std::size_t looked_for = 0;
    for (const auto& word : words) {
        if (word.size() > 3 || word.find('.') != std::string::npos) {
            CAPTURE(word);
            CHECK(redacted.out.find(word) == std::string::npos);
            ++looked_for;
        }
    }
    CHECK(looked_for > 50);
    for (const auto* number : {"\"uid\":212", "\"uid\":48211", "\"gid\":212"}) {
        CHECK(redacted.out.find(number) == std::string::npos);
    }
    server.taken_in(redacted.out, "c.db");
    const auto rules = [&](const std::string& database, const std::vector<std::string>& more) {
        std::vector<std::string> arguments{"suggest", "-o", "json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return json::parse(server.workplace.run(arguments, database).out);
    };
    for (const std::vector<std::string>& more :
         std::vector<std::vector<std::string>>{{},
                                               {"--include-sessions"},
                                               {"--by", "address"},
                                               {"--selector", "uid"},
                                               {"--selector", "unit"},
                                               {"--widen", "subnet"}}) {
        CAPTURE(more);
        const auto before = rules("a.db", more);
        CHECK(before.at("rules").size() >= 5);
        CHECK(shapes(before) == shapes(rules("c.db", more)));
    }
}

TEST_CASE("no two redacted exports have a pseudonym in common, and in one the same is the same") {
    const Server server;
    server.taken_in(server.lines, "a.db");
    const auto once = server.workplace.run({"-q", "export", "--redact", "--port", "443"}, "a.db").out;
    const auto again = server.workplace.run({"-q", "export", "--redact", "--port", "443"}, "a.db").out;
    std::set<std::string> names;
    std::istringstream lines(once + again);
    for (std::string line; std::getline(lines, line);) {
        names.insert(json::parse(line).at("names").at(0).get<std::string>());
    }
    CHECK(names.size() == 2);
}

TEST_CASE("an export has the flows that flows has, and whole hours on request") {
    const Server server;
    server.taken_in(server.lines, "a.db");
    const std::vector<std::string> filter{"--user",  "webuser", "--port",
                                          "tcp/443", "--since", "2026-11-24T00:00:00Z"};
    std::vector<std::string> flows{"flows", "--json"};
    flows.insert(flows.end(), filter.begin(), filter.end());
    std::vector<std::string> exported{"-q", "export"};
    exported.insert(exported.end(), filter.begin(), filter.end());
    CHECK(lines_of(server.workplace.run(flows, "a.db").out) ==
          lines_of(server.workplace.run(exported, "a.db").out));
    exported.emplace_back("--hours");
    const auto hours = server.workplace.run(exported, "a.db").out;
    CHECK(lines_of(hours).size() == 3);
    std::istringstream lines(server.workplace.run({"-q", "export", "--hours"}, "a.db").out);
    for (std::string line; std::getline(lines, line);) {
        CHECK(json::parse(line).at("first_seen").get<std::string>().substr(13) == ":00:00.000Z");
        CHECK(json::parse(line).at("last_seen").get<std::string>().substr(13) == ":00:00.000Z");
    }
    CHECK(server.workplace.run({"export", "--port", "x"}, "a.db").status == 2);
    CHECK(server.workplace.run({"export"}, "none.db").status == 2);
}

TEST_CASE("a sender that nobody knows stays unknown on the way out and in, and the rules are the same") {
    const Workplace workplace;
    std::string lines;
    const auto flow = [&lines](const std::string& address, json more) {
        json line{{"first_seen", "2026-11-23T07:00:01Z"},
                  {"last_seen", "2026-11-23T07:00:01Z"},
                  {"count", 1},
                  {"protocol", "tcp"},
                  {"address", address},
                  {"port", 4444},
                  {"answered", 1}};
        line.update(std::move(more));
        lines += line.dump() + "\n";
    };
    const json owner{{"kind", "user"}, {"uid", 1000}, {"gid", nullptr}};
    flow("203.0.113.1", {{"attribution", "unknown"}, {"owner", owner}});
    REQUIRE(
        workplace.run({"import", "--format", "jsonl", workplace.file("f.jsonl", lines)}, "one.db").status ==
        0);
    const auto exported = workplace.run({"export"}, "one.db").out;
    REQUIRE(json::parse(exported.substr(0, exported.find('\n'))).at("process").at("uid") == 1000);
    REQUIRE(workplace.run({"import", "--format", "jsonl", workplace.file("g.jsonl", exported)}, "two.db")
                .status == 0);
    CHECK(workplace.run({"export"}, "two.db").out == exported);
    for (const auto* database : {"one.db", "two.db"}) {
        CHECK(json::parse(workplace.run({"status", "--json"}, database).out).at("processes") == 0);
    }
}

TEST_CASE("--local takes one address, and what follows are files") {
    const Workplace workplace;
    const auto one = workplace.file("one.log", conn_log);
    const auto two = workplace.file("two.log", conn_log + "#close\n");
    const auto result = workplace.run(
        {"import", "--format", "zeek", "--local", "192.0.2.10", "--local", "2001:db8::10", one, two});
    CAPTURE(result.err);
    CHECK(result.status == 0);
}
