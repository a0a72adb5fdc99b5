#include "workplace.hpp"

#include <nlohmann/json.hpp>

#include <map>

using namespace fwlearn;
using namespace fwlearn::tests;
using nlohmann::json;

namespace {

json flow(const char* exe, int uid, const char* address, int port, const char* kind, int answered = 1) {
    return {{"first_seen", "2026-11-23T07:00:00Z"},
            {"last_seen", "2026-11-23T07:00:00Z"},
            {"count", 1},
            {"answered", answered},
            {"unanswered", 1 - answered},
            {"process", {{"exe", exe}}},
            {"owner", {{"kind", "user"}, {"uid", uid}}},
            {"task", {{"kind", kind}, {"name", "a"}}},
            {"attribution", "exact"},
            {"protocol", "tcp"},
            {"address", address},
            {"port", port}};
}

/// Two rules, of which the later one is flagged, and two questions about what is left out.
class Server : public Workplace {
  public:
    Server() {
        auto flagged = flow("/bin/b", 0, "198.51.100.9", 443, "timer");
        flagged["owner"] = {{"kind", "unknown"}};
        std::string lines;
        for (const auto& one : {flow("/bin/a", 33, "198.51.100.6", 443, "timer"), flagged,
                                flow("/bin/\xc2\x9b[2J*", 0, "203.0.113.5", 22, "session"),
                                flow("/bin/dead", 0, "203.0.113.6", 25, "timer", 0)}) {
            lines += one.dump() + "\n";
        }
        REQUIRE(run({"import", "--format", "jsonl", file("flows.jsonl", lines)}).status == 0);
    }

    [[nodiscard]] std::string decisions() const { return path("d.toml").string(); }

    [[nodiscard]] Result review(const std::string& lines, const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments{"review", "--decisions", decisions()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return answer(lines, arguments);
    }

    [[nodiscard]] json suggested() const {
        std::vector<std::string> arguments{"suggest", "-o", "json"};
        if (std::filesystem::exists(decisions())) {
            arguments.insert(arguments.end(), {"--decisions", decisions()});
        }
        return json::parse(run(arguments).out);
    }

    [[nodiscard]] std::string written() const {
        std::ostringstream text;
        text << std::ifstream(decisions(), std::ios::binary).rdbuf();
        return text.str();
    }
};

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

} // namespace

TEST_CASE("review shows what is flagged first, and no line is wider than 80 columns") {
    const Server server;
    const auto shown = server.review("");
    CHECK(shown.status == 0);
    CHECK(shown.out.find("any user") < shown.out.find("[a]ccept"));
    CHECK(count_of(shown.out, "\nrule ") == 1); // the end of the input is an answer
    CHECK(shown.out.find("0 decided, 0 left for later") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(server.decisions()));
    const auto all = server.review("e\nl\nnonsense\nl\nl\nl\n");
    CHECK(count_of(all.out, "\nrule ") == 2);
    CHECK(all.out.find("1 flow on 1 day, ") != std::string::npos); // as explain has it
    CHECK(all.out.find("that is none of a, d, w, e, l and q") != std::string::npos);
    CHECK(count_of(all.out, "\nleft out, ") == 2);
    CHECK(all.out.find("that was all\n0 decided, 4 left for later") != std::string::npos);
    CHECK(all.out.find('\x1b') == std::string::npos);
    CHECK(all.out.find('\x9b') == std::string::npos);
    std::istringstream lines(shown.out);
    for (std::string line; std::getline(lines, line);) {
        CHECK(line.size() <=
              80 + std::string("; what was decided is in ").size() + server.decisions().size());
        CHECK_MESSAGE((line.size() <= 80 || line.find(" left for later; ") != std::string::npos), line);
    }
}

TEST_CASE("each answer is written down at once, and is not asked for again") {
    const Server server;
    // Nothing is written, and so no file is named.
    CHECK(server.review("q\n").out.ends_with("0 decided, 0 left for later\n"));
    const auto before = server.suggested();
    REQUIRE(before.at("rules").size() == 2);
    REQUIRE(before.at("rules")[0].at("warnings").size() == 1);
    const auto accepted = server.review("a\n");
    CHECK(accepted.out.find("1 decided") != std::string::npos);
    CHECK(server.suggested().at("rules")[0].at("warnings").empty());
    const auto denied = server.review("d\nnot \"ours\"\n");
    CHECK(count_of(denied.out, "\nrule ") == 1);
    CHECK(denied.out.find("any user") == std::string::npos);
    const auto after = server.suggested();
    CHECK(after.at("rules").size() == 1);
    CHECK(std::any_of(after.at("left_out").begin(), after.at("left_out").end(), [](const auto& one) {
        return one.at("reason") == "decided: denied in line 5: not \"ours\"";
    }));
    const auto rest = server.review("");
    CHECK(count_of(rest.out, "\nrule ") == 0);
    CHECK(count_of(rest.out, "\nleft out, ") == 1);
    CHECK(count_of(server.review("", {"--all"}).out, "\nrule ") == 1);
}

TEST_CASE("a rule that is widened is shown again as it is now, and what cannot be is said") {
    const Server server;
    const auto widened = server.review("l\nw\nnowhere\nw\n*.example.org\nw\n\nw\n198.51.100.0/28\na\n");
    CHECK(widened.out.find("that is no prefix, domain or range of ports") != std::string::npos);
    CHECK(widened.out.find("this rule is by address") != std::string::npos);
    CHECK(widened.out.find("exposure  16 pairs of address and service, 15 of them beyond") !=
          std::string::npos);
    CHECK(widened.out.find("2 decided, 1 left for later") != std::string::npos);
    const auto rules = server.suggested().at("rules");
    REQUIRE(rules.size() == 2);
    CHECK(rules[1].at("addresses") == json({"198.51.100.0/28"}));
    CHECK(rules[1].at("exposure") == 16);
    CHECK(server.suggested().at("unmatched").empty());
    CHECK(server.review("q\n").out.find("any user") != std::string::npos);
    CHECK(count_of(server.review("l\n").out, "\nrule ") == 1);
}

TEST_CASE("what was left out is kept when it is allowed, and by hostile names nothing else is") {
    const Server server;
    const auto answered = server.review("l\nl\na\nd\n\n");
    CHECK(answered.out.find("2 decided, 2 left for later") != std::string::npos);
    CHECK(server.written().find_first_of("\x9b\x1b\xc2") == std::string::npos);
    const auto after = server.suggested();
    CHECK(after.at("unmatched").empty());
    CHECK(after.at("rules").size() == 3);
    CHECK(count_of(server.review("l\nl\nl\n").out, "\nleft out, ") == 0);
}

TEST_CASE("where decisions cannot be kept nothing is asked") {
    const Server server;
    for (const auto* where : {"/nonexistent/d.toml", "/proc/d.toml", "/"}) {
        const auto refused = server.answer("a\n", {"review", "--decisions", where});
        CHECK(refused.status == 2);
        CHECK(refused.out.empty());
        CHECK(is_one_line(refused.err));
    }
    const auto broken = server.file("broken.toml", "[[decision]]\naction = 'permit'\n");
    const auto refused = server.answer("a\n", {"review", "--decisions", broken});
    CHECK(refused.status == 2);
    CHECK(refused.err.find("broken.toml:2:10: ") != std::string::npos);
}

TEST_CASE("a rule that a decision by hand may mean or may not is asked for all the same") {
    const Server server;
    // 32 rules begin with 16 digits at most: some two begin alike.
    std::string lines;
    for (int uid = 100; uid < 132; ++uid) {
        lines +=
            flow("/bin/a", uid, ("198.51.100." + std::to_string(uid)).c_str(), 443, "timer").dump() + "\n";
    }
    REQUIRE(server.run({"import", "--format", "jsonl", server.file("more.jsonl", lines)}).status == 0);
    const auto rules = server.suggested().at("rules");
    std::map<char, std::size_t> by_digit;
    for (const auto& rule : rules) {
        ++by_digit[rule.at("id").get<std::string>().front()];
    }
    const auto shared =
        std::find_if(by_digit.begin(), by_digit.end(), [](const auto& digit) { return digit.second > 1; });
    REQUIRE(shared != by_digit.end());
    const auto all = rules.size();
    static_cast<void>(server.file("d.toml", std::string("[[decision]]\naction = 'allow'\nrule = '") +
                                                shared->first + "'\n"));
    std::string later;
    for (std::size_t index = 0; index < all + 10; ++index) {
        later += "l\n";
    }
    CHECK(count_of(server.review(later).out, "\nrule ") == all);
}

TEST_CASE(
    "a scan from a session is one decision for its ports and prefixes, and what is not is not written") {
    const Server server;
    std::string lines;
    for (int port = 1; port <= 3000; ++port) {
        lines += flow("/usr/bin/nmap", 0, "192.0.2.1", port, "session").dump() + "\n";
    }
    for (int host = 0; host < 256; ++host) {
        lines +=
            flow("/usr/bin/nmap", 0, ("192.0.3." + std::to_string(host)).c_str(), 443, "session").dump() +
            "\n";
    }
    for (int host = 0; host < 100; ++host) { // no two in a row
        lines += flow("/usr/bin/masscan", 0, ("192.0.2." + std::to_string(2 * host)).c_str(), 25, "session")
                     .dump() +
                 "\n";
    }
    REQUIRE(server.run({"import", "--format", "jsonl", server.file("scan.jsonl", lines)}).status == 0);
    const auto asked = server.review("l\nl\na\na\na\na\na\n");
    CHECK(asked.out.find("tcp/1-3000 to 192.0.2.1 by uid 0") != std::string::npos);
    CHECK(asked.out.find("tcp/443 to 192.0.3.0/24 by uid 0") != std::string::npos);
    CHECK(asked.out.find("that would take 100 decisions") != std::string::npos);
    CHECK(server.written().size() < 2000);
    CHECK(server.written().find("masscan") == std::string::npos);
    const auto after = server.suggested();
    CHECK(std::none_of(after.at("left_out").begin(), after.at("left_out").end(), [](const auto& one) {
        return one.at("flow").at("process").at("exe") == "/usr/bin/nmap";
    }));
    std::string later;
    for (int index = 0; index < 20; ++index) {
        later += "l\n";
    }
    CHECK(count_of(server.review(later).out, "masscan") == 1);
}
