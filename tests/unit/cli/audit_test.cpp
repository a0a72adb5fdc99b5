#include "finding_journal.hpp"
#include "follower.hpp"
#include "last_audit.hpp"
#include "run_command.hpp"
#include "workplace.hpp"

#include <model/errors.hpp>
#include <model/time.hpp>

#include <algorithm>
#include <map>
#include <memory>

using namespace fwlearn;
using namespace fwlearn::tests;
using nlohmann::json;

namespace {

json flow(const std::string& exe, const char* address, const char* seen = "2026-11-23T07:00:00Z") {
    return {{"first_seen", seen},
            {"last_seen", seen},
            {"count", 1},
            {"answered", 1},
            {"process", {{"exe", exe}}},
            {"owner", {{"kind", "user"}, {"uid", 33}}},
            {"task", {{"kind", "timer"}, {"name", "a"}}},
            {"attribution", "exact"},
            {"protocol", "tcp"},
            {"address", address},
            {"port", 443}};
}

json flow_of(std::uint32_t uid, const char* user, const std::string& address) {
    auto one = flow("/bin/b", address.c_str());
    one["owner"] = {{"kind", "user"}, {"uid", uid}, {"user", user}};
    return one;
}

/// Of alice's, to as many places.
std::vector<json> scan(int count, int first = 0) {
    std::vector<json> flows;
    for (int host = first; host < first + count; ++host) {
        flows.push_back(
            flow_of(1000, "alice", "203.0." + std::to_string(host / 200) + "." + std::to_string(host % 200)));
    }
    return flows;
}

/// A server with a whitelist in force for 198.51.100.6, and a state directory.
class Server : public Workplace {
  public:
    Server() {
        std::filesystem::create_directory(state());
        see({flow("/bin/a", "198.51.100.6")});
        std::ofstream(state() / "whitelist.json") << run({"suggest", "-o", "json"}).out;
    }

    [[nodiscard]] std::filesystem::path state() const { return path("state"); }

    void see(const std::vector<json>& flows) {
        std::string lines;
        for (const auto& one : flows) {
            lines += one.dump() + "\n";
        }
        const auto name = "flows" + std::to_string(++files_) + ".jsonl";
        REQUIRE(run({"import", "--format", "jsonl", file(name, lines)}).status == 0);
    }

    [[nodiscard]] Result audit(std::vector<std::string> more = {}) const {
        more.insert(more.begin(), {"audit", "--state", state().string()});
        return run(more);
    }

    /// The arguments of an `audit --follow`.
    [[nodiscard]] std::vector<std::string> following() const {
        return {"--db",  path("flows.db").string(), "audit", "--state", state().string(), "--follow",
                "--json"};
    }

    [[nodiscard]] std::string text_of(const std::string& name) const {
        std::ostringstream text;
        text << std::ifstream(path(name), std::ios::binary).rdbuf();
        return text.str();
    }

  private:
    int files_ = 0;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

} // namespace

TEST_CASE("audit says nothing with status 0 where the whitelist explains all, else what it does not with 1") {
    Server server;
    const auto clean = server.audit({"--json"});
    CHECK(clean.status == 0);
    CHECK(clean.out.empty());
    CHECK(clean.err.empty());
    server.see({flow("/bin/a", "198.51.100.7")});
    const auto found = server.audit({"--since", "2026-11-01", "--json"});
    CHECK(found.status == 1);
    REQUIRE(lines_of(found.out).size() == 1);
    const auto finding = json::parse(found.out);
    CHECK(finding.at("verdict") == "unexplained");
    CHECK(finding.at("address") == "198.51.100.7");
    CHECK(finding.at("why") == "same user and service, other address in the same /24");
    CHECK(finding.at("nearest_rule").get<std::string>().size() == 12);
    const auto table = server.audit({"--since", "2026-11-01"});
    CHECK(table.status == 1);
    CHECK(table.out.find("1 finding: 0 flows denied (0 packets), 1 flow unexplained; 1 flow explained") !=
          std::string::npos);
    CHECK(server.audit({"--since", "2026-11-01", "--until", "2026-11-23 07:00"}).status == 0);
}

TEST_CASE("the proposed decisions are a file of decisions, after which there is nothing to find") {
    Server server;
    server.see({flow("/bin/b\xc2\x9b[2J\"'*\n[[decision]]", "203.0.113.7")});
    const auto toml = server.audit({"--since", "2026-11-01", "--toml"});
    CHECK(toml.status == 1);
    const auto decisions = server.file("d.toml", toml.out);
    const auto suggested = json::parse(server.run({"suggest", "-o", "json", "--decisions", decisions}).out);
    CHECK(suggested.at("unmatched").empty());
    CHECK(suggested.at("rules").size() >= 1);
    std::ofstream(server.state() / "whitelist.json") << suggested.dump();
    CHECK(server.audit({"--since", "2026-11-01"}).status == 0);
}

TEST_CASE("without a whitelist in force it is what the record suggests, and that is said") {
    Server server;
    std::filesystem::remove(server.state() / "whitelist.json");
    server.see({flow("/tmp/x", "203.0.113.7")});
    const auto found = server.audit({"--since", "2026-11-01", "--json"});
    CHECK(found.status == 1);
    CHECK(is_one_line(found.err));
    CHECK(found.err.find("no whitelist is in force") != std::string::npos);
    REQUIRE(lines_of(found.out).size() == 1);
    CHECK(json::parse(found.out).at("decision").get<std::string>().find("deny") != std::string::npos);
}

TEST_CASE("the next audit begins where the last one ended, also within the same minute") {
    Server server;
    server.see({flow("/bin/b", "203.0.113.1")});
    CHECK(lines_of(server.audit({"--json"}).out).size() == 1);
    CHECK(server.audit().status == 0);
    // Stored late, seen before what was told already.
    server.see({flow("/bin/b", "203.0.113.2", "2026-11-23T06:59:59Z")});
    const auto late = server.audit({"--json"});
    REQUIRE(lines_of(late.out).size() == 1);
    CHECK(json::parse(late.out).at("address") == "203.0.113.2");
    CHECK(server.audit().status == 0);
    // Again, later, in the same hour.
    server.see({flow("/bin/b", "203.0.113.2", "2026-11-23T07:30:00Z")});
    CHECK(lines_of(server.audit({"--json"}).out).size() == 1);
    CHECK(server.audit().status == 0);
    CHECK(server.audit({"--since", "2026-11-01"}).status == 1);
}

TEST_CASE("what a wrong clock has dated later is told once, and hides nothing that is seen after it") {
    Server server;
    server.see({flow("/bin/b", "203.0.113.1", "2096-11-23T07:00:00Z")});
    CHECK(lines_of(server.audit({"--json"}).out).size() == 1);
    CHECK(server.audit().status == 0);
    const auto now =
        model::to_rfc3339(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
    server.see({flow("/bin/b", "203.0.113.2", now.c_str())});
    const auto found = lines_of(server.audit({"--json"}).out);
    REQUIRE(found.size() == 1);
    CHECK(json::parse(found[0]).at("address") == "203.0.113.2");
    CHECK(server.audit().status == 0);
}

TEST_CASE("an audit goes back as far as the clock was set back, and nowhere where it was not") {
    using namespace std::chrono_literals;
    const auto then = *model::parse_rfc3339("2026-11-28T05:00:00Z");
    const cli::FlowPosition last{then - 10s, {}, cli::Clocks{then, 100h}};
    const auto until = [&last](const cli::Clocks& now) {
        auto followed = last;
        followed.follow(now);
        return followed.until;
    };
    CHECK(until({then + 1h, 101h}) == last.until);
    CHECK(until({then + 1h + 1s, 101h}) == last.until);
    CHECK(until({then + 5h, 101h}) == last.until); // it was set on
    CHECK(until({then, 101h}) == then - 1h);       // ... back by an hour
    CHECK(until({then - 3h, 101h}) == then - 4h);
    CHECK(until({then + 1h, 1min}) == last.until);       // booted meanwhile
    CHECK(until({then - 1h, 1min}) == then - 1h - 1min); // ... with a wrong clock
    auto old = last;
    old.at.reset(); // as an older version has left it
    old.follow({then - 1h, 101h});
    CHECK(old.until == then - 1h - 101h);

    const Workplace workplace;
    const auto again = cli::read_last_audit(workplace.file("last-audit", cli::to_text(last)));
    REQUIRE(again);
    CHECK(again->until == last.until);
    REQUIRE(again->at);
    CHECK(again->at->wall == then);
    CHECK(again->at->since_boot == 100h);
    for (const auto* wrong : {"2026-11-28T05:00:00Z x 1", "2026-11-28T05:00:00Z 2026-11-28T05:00:00Z",
                              "2026-11-28T05:00:00Z 2026-11-28T05:00:00Z -1"}) {
        CHECK_THROWS_AS(cli::read_last_audit(workplace.file("wrong", std::string(wrong) + "\n")),
                        model::UsageError);
    }
}

TEST_CASE("--since neither needs nor moves the last audit, but with --remember") {
    Server server;
    server.see({flow("/bin/b", "203.0.113.1")});
    const std::vector<std::string> nowhere{
        "audit", "--state", "/nonexistent", "--against", (server.state() / "whitelist.json").string(),
        "--json"};
    auto since = nowhere;
    since.insert(since.end(), {"--since", "2026-11-01"});
    CHECK(server.run(since).status == 1);
    const auto refused = server.run(nowhere);
    CHECK(refused.status == 2);
    CHECK(refused.out.empty());
    CHECK(is_one_line(refused.err));
    CHECK(server.audit({"--since", "2026-11-01"}).status == 1);
    CHECK_FALSE(std::filesystem::exists(server.state() / "last-audit"));
    CHECK(server.audit({"--since", "2026-11-01", "--remember"}).status == 1);
    CHECK(server.audit().status == 0);
}

TEST_CASE("what could not be printed is not remembered as told") {
    Server server;
    server.see({flow("/bin/b", "203.0.113.1")});
    const auto database = server.path("flows.db").string();
    const auto state = server.state().string();
    const char* const argv[] = {"fwlearn", "--db", database.c_str(), "audit", "--state", state.c_str()};
    std::ostream broken(nullptr);
    std::ostringstream err;
    CHECK(cli::run(std::size(argv), argv, broken, err) == 2);
    CHECK_FALSE(std::filesystem::exists(server.state() / "last-audit"));
    CHECK(server.audit().status == 1);
}

TEST_CASE("--exec gets each finding on its standard input, byte for byte, and no part of it elsewhere") {
    Server server;
    server.see(
        {flow("/bin/$(touch pwned)`id`\n\";'\xc3\xa9 $1", "203.0.113.1"), flow("/bin/b", "203.0.113.2")});
    const auto got = server.path("got").string();
    const auto around = server.path("around").string();
    const auto found = server.audit(
        {"--json", "--exec",
         "cat >>'" + got + "'; { tr '\\0' '\\n' </proc/$$/environ; echo \"$0 $*\"; } >>'" + around + "'"});
    CHECK(found.status == 1);
    CHECK(lines_of(found.out).size() == 2);
    CHECK(server.text_of("got") == found.out);
    CHECK(server.text_of("around").find("203.0.113") == std::string::npos);
    CHECK(server.text_of("around").find("pwned") == std::string::npos);
    CHECK(server.text_of("around").find("sh \n") != std::string::npos);
}

TEST_CASE("after two commands that hang the others of a round have a second, until one ends in time") {
    using namespace std::chrono_literals;
    cli::CommandPatience patience;
    patience.ended(cli::CommandEnd::late);
    CHECK((patience.limit() == 30s));
    patience.ended(cli::CommandEnd::late);
    CHECK((patience.limit() == 1s));
    patience.ended(cli::CommandEnd::late);
    CHECK((patience.limit() == 1s));
    patience.ended(cli::CommandEnd::badly);
    CHECK((patience.limit() == 30s));
    patience.ended(cli::CommandEnd::late);
    patience.ended(cli::CommandEnd::late);
    patience.begin_round();
    CHECK((patience.limit() == 30s));
}

TEST_CASE("a command that fails is told in one line with status 2, and what it missed comes again") {
    Server server;
    server.see({flow("/bin/b", "203.0.113.1"), flow("/bin/b", "203.0.113.2")});
    const auto failed = server.audit({"--json", "--exec", "grep -q 203.0.113.1"});
    CHECK(failed.status == 2);
    CHECK(lines_of(failed.out).size() == 2);
    CHECK(is_one_line(failed.err));
    CHECK(failed.err.find("for 1 of 2 findings") != std::string::npos);
    CHECK(server.audit({"--exec", "true"}).status == 1);
    CHECK(server.audit({"--exec", "false"}).status == 0);
}

TEST_CASE("a command that does not end is killed with what it started, and one that reads nothing is well") {
    using std::chrono::milliseconds;
    int ends[2] = {-1, -1};
    REQUIRE(pipe(ends) == 0);
    CHECK((cli::run_command("sleep 1000 & wait", "", milliseconds(300)) ==
           cli::CommandEnd::late)); // both have the pipe
    close(ends[1]);
    char byte = 0;
    CHECK(read(ends[0], &byte, 1) == 0); // nobody has the other end any more
    close(ends[0]);
    CHECK((cli::run_command("true", std::string(10'000'000, 'x'), milliseconds(30'000)) ==
           cli::CommandEnd::well));
    CHECK((cli::run_command("test $(wc -c) = 10000000", std::string(10'000'000, 'x'), milliseconds(30'000)) ==
           cli::CommandEnd::well));
    CHECK((cli::run_command("kill -9 $$", "", milliseconds(30'000)) == cli::CommandEnd::badly));
}

TEST_CASE("--follow tells each new finding once, until it is told to stop") {
    Server server;
    server.see({flow("/bin/b", "203.0.113.1")});
    Follower follower(server.following());
    CHECK(follower.next_address() == "203.0.113.1");
    server.see({flow("/bin/b", "203.0.113.2")});
    CHECK(follower.next_address() == "203.0.113.2");
    server.see({flow("/bin/b", "203.0.113.1", "2026-11-23T09:00:00Z"),
                flow("/bin/a", "198.51.100.6", "2026-11-23T09:00:00Z"),
                flow("/bin/b", "203.0.113.3", "2026-11-23T09:00:00Z")});
    CHECK(follower.next_address() == "203.0.113.3");
    CHECK(follower.stop() == 1);
    CHECK(follower.next_address().empty());
    CHECK(server.audit().status == 0); // all of it was told
}

TEST_CASE("--follow tells so many findings of one sender, counts the rest, and tells others' at once") {
    Server server;
    auto seen = scan(300);
    seen.push_back(flow_of(1001, "bob", "192.0.2.1"));
    server.see(seen);
    Follower follower(server.following());
    std::map<std::string, int> told;
    for (int index = 0; index < 51; ++index) {
        ++told[follower.next().at("owner").at("user").get<std::string>()];
    }
    CHECK(told == std::map<std::string, int>{{"alice", 50}, {"bob", 1}});
    auto folded = follower.next();
    CHECK(folded.at("folded") == 250);
    CHECK(folded.at("owner").at("user") == "alice");
    const auto command = folded.at("command").get<std::string>();
    const std::string verb = "fwlearn audit --since '";
    REQUIRE(command.starts_with(verb));
    const auto since = command.substr(verb.size(), command.size() - verb.size() - 1);
    CHECK(lines_of(server.audit({"--json", "--since", since}).out).size() == 301);

    seen = scan(20, 1000);
    seen.push_back(flow_of(1001, "bob", "192.0.2.2"));
    server.see(seen);
    CHECK(follower.next_address() == "192.0.2.2");
    CHECK(follower.stop() == 1);
    folded = follower.next();
    CHECK(folded.at("folded") == 20);
    CHECK(follower.next().is_null());
    CHECK(server.audit().status == 0); // all of it was told, or counted and that was told
}

TEST_CASE("what was counted when --follow was killed is found by the next audit") {
    Server server;
    server.see(scan(60));
    auto follower = std::make_unique<Follower>(server.following());
    for (int index = 0; index < 51; ++index) {
        CHECK_FALSE(follower->next().is_null());
    }
    auto seen = scan(20, 1000);
    seen.push_back(flow_of(1001, "bob", "192.0.2.2"));
    server.see(seen);
    CHECK(follower->next_address() == "192.0.2.2");
    follower.reset(); // by SIGKILL
    CHECK(lines_of(server.audit({"--json"}).out).size() >= 21);
}

TEST_CASE(
    "--exec runs for so many findings of one sender, then once for the rest, and never lets others wait") {
    Server server;
    auto seen = scan(300);
    seen.push_back(flow_of(1001, "bob", "192.0.2.1"));
    server.see(seen);
    const auto got = server.path("got").string();
    const auto found = server.audit({"--json", "--exec", "cat >>'" + got + "'"});
    CHECK(lines_of(found.out).size() == 301); // on demand all of them
    const auto runs = lines_of(server.text_of("got"));
    REQUIRE(runs.size() == 52);
    CHECK(std::any_of(runs.begin(), runs.begin() + 2,
                      [](const auto& line) { return json::parse(line).at("owner").at("user") == "bob"; }));
    CHECK(json::parse(runs.back()).at("folded") == 250);
    CHECK(server.audit().status == 0);
}

TEST_CASE("a finding's fields in the journal hold foreign bytes as they are, and its message none") {
    analyzer::Finding finding;
    model::Identities identities;
    model::Process process;
    process.exe = model::ForeignText("/bin/x\nPRIORITY=0\x1b[2J");
    finding.flow.key.process = identities.add(process);
    finding.flow.key.task =
        identities.add(model::Task{model::TaskKind::cron, model::ForeignText("/etc/cron.d/x\n:1")});
    finding.flow.key.destination = {model::Service::port(model::protocol::tcp, 443),
                                    model::Address::v4(0xc6336407U)};
    finding.flow.counts.count = 3;
    finding.verdict = model::FlowVerdict::denied;
    finding.name = model::ForeignText("a\nb");
    finding.addresses = {model::Address::v4(0xc6336407U)};
    finding.nearest_rule = "0123456789ab";
    finding.why = "same name, other port";
    const auto fields = cli::journal_fields(finding, identities);
    const auto has = [&fields](const std::string& field) {
        return std::count(fields.begin(), fields.end(), field) == 1;
    };
    CHECK(has("FWLEARN_VERDICT=denied"));
    CHECK(has("FWLEARN_PROCESS=/bin/x\nPRIORITY=0\x1b[2J"));
    CHECK(has("FWLEARN_TASK=cron /etc/cron.d/x\n:1"));
    CHECK(has("FWLEARN_DESTINATION=198.51.100.7 tcp/443"));
    CHECK(has("FWLEARN_NAME=a\nb"));
    CHECK(has("FWLEARN_RULE=0123456789ab"));
    CHECK(has("PRIORITY=4"));
    CHECK(fields.front() == "MESSAGE=denied: tcp/443 to a\\x0Ab (198.51.100.7) by /bin/x\\x0APRIORITY=0\\x1B"
                            "[2J (unknown) for cron /etc/cron.d/x\\x0A:1, 3 times; rule 0123456789ab: same "
                            "name, other port");
}

TEST_CASE("what audit cannot do is one line and status 2") {
    Server server;
    const auto broken = server.file("broken.json", "{\"schema\":1,\"rules\":[{}]}");
    for (const auto& arguments : std::vector<std::vector<std::string>>{{"--against", "/nonexistent"},
                                                                       {"--against", "/"},
                                                                       {"--against", broken},
                                                                       {"--json", "--toml"},
                                                                       {"--since", "soon"}}) {
        CAPTURE(arguments);
        const auto refused = server.audit(arguments);
        CHECK(refused.status == 2);
        CHECK(refused.out.empty());
        CHECK(is_one_line(refused.err));
    }
    std::ofstream(server.state() / "last-audit") << "yesterday\n";
    const auto refused = server.audit();
    CHECK(refused.status == 2);
    CHECK(is_one_line(refused.err));
    CHECK(refused.err.find("last-audit does not say when") != std::string::npos);
    std::filesystem::remove(server.state() / "last-audit");
    std::filesystem::remove(server.state() / "whitelist.json"); // then decisions are asked for
    const auto undecided = server.audit({"--decisions", "/"});
    CHECK(undecided.status == 2);
    CHECK(is_one_line(undecided.err));
}

TEST_CASE("learn-more writes down what is decided about each finding, and says what it comes to") {
    Server server;
    auto allowed = flow("/tmp/x", "203.0.113.1");
    allowed["owner"]["uid"] = 34;
    server.see({allowed, flow("/tmp/y\x1b[2J", "203.0.113.2")});
    const auto learn = [&server](const std::string& answers) {
        return server.answer(answers, {"learn-more", "--state", server.state().string(), "--decisions",
                                       server.path("d.toml").string()});
    };
    const auto nothing = learn("");
    CHECK(nothing.status == 0);
    CHECK(nothing.out.find("finding, 2 to go") != std::string::npos);
    CHECK(nothing.out.find("finding, 1 to go") == std::string::npos);
    CHECK(nothing.out.find("0 decided, 0 left for later") != std::string::npos);
    CHECK(nothing.out.find("the next suggest has 1 rule, 1 before this") != std::string::npos);
    const auto decided = learn("x\ne\na\nd\nnot ours\n");
    CHECK(decided.out.find("that is none of a, d, e, l and q") != std::string::npos);
    CHECK(decided.out.find("address: 203.0.113.1") != std::string::npos);
    CHECK(decided.out.find("2 decided, 0 left for later") != std::string::npos);
    CHECK(decided.out.find("the next suggest has 2 rules, 1 before this") != std::string::npos);
    CHECK(decided.out.find('\x1b') == std::string::npos);
    CHECK(server.text_of("d.toml").find("not ours") != std::string::npos);
    CHECK(learn("").out.find("to go") == std::string::npos);
}
