#include <model/errors.hpp>

#include <cli/decisions_toml.hpp>
#include <decisions_file.hpp>
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <sstream>

using namespace fwlearn;
using cli::parse_decisions;
using model::DecisionAction;
using model::ForeignText;

namespace {

std::string refusal_of(const std::string& text) {
    try {
        parse_decisions(text, "d.toml");
    } catch (const model::UsageError& error) {
        return error.what();
    }
    return "none";
}

/// A directory of its own.
class Folder {
  public:
    Folder() {
        auto pattern = (std::filesystem::temp_directory_path() / "fwlearn-decisions-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        root_ = pattern;
    }
    ~Folder() { std::filesystem::remove_all(root_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] std::filesystem::path path(const char* name) const { return root_ / name; }

    [[nodiscard]] std::filesystem::path file(const char* name, const std::string& text,
                                             mode_t mode = 0600) const {
        std::ofstream(path(name), std::ios::binary) << text;
        REQUIRE(chmod(path(name).c_str(), mode) == 0);
        return path(name);
    }

    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(root_), std::filesystem::directory_iterator()));
    }

  private:
    std::filesystem::path root_;
};

std::string content(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

model::Decision for_process(const std::string& process, const std::string& reason) {
    model::Decision decision;
    decision.action = DecisionAction::deny;
    decision.scope.process = ForeignText(process);
    decision.text = ForeignText(reason);
    return decision;
}

} // namespace

TEST_CASE("a decision is read with all its parts, and knows its line") {
    const auto decisions = parse_decisions(R"(# first
[[decision]]
action = "allow"
process = "/usr/bin/a*"
task = "cron /etc/cron.d/b:1"
user = 33
unit = "a.service"
name = "*.example.org"
address = "192.0.2.0/24"
protocol = "tcp"
port = "1024-65535"
reason = "asked \u0022Ann\u0022"

[[decision]]
action = "widen"
rule = "0123456789ab"
to_domain = "*.Example.org"

[[decision]]
action = "rename"
rule = "01"
title = "Backups"

[[decision]]
action = "comment"
protocol = "icmp"
comment = "ping"
)",
                                           "d.toml");
    REQUIRE(decisions.size() == 4);
    const auto& allow = decisions[0];
    CHECK(allow.action == DecisionAction::allow);
    CHECK(allow.scope.process == ForeignText("/usr/bin/a*"));
    CHECK(allow.scope.task == ForeignText("cron /etc/cron.d/b:1"));
    CHECK(allow.scope.user == ForeignText("33"));
    CHECK(allow.scope.unit == ForeignText("a.service"));
    CHECK(allow.scope.name == ForeignText("*.example.org"));
    CHECK(allow.scope.address == model::Prefix::parse("192.0.2.0/24"));
    CHECK(allow.scope.protocol == model::protocol::tcp);
    CHECK(allow.scope.ports == model::DetailRange(1024, 65535));
    CHECK(allow.text == ForeignText("asked \"Ann\""));
    CHECK(allow.line == 2);
    CHECK(decisions[1].scope.rule == "0123456789ab");
    CHECK(decisions[1].to_domain == ForeignText("example.org"));
    CHECK(decisions[1].line == 14);
    CHECK(decisions[2].text == ForeignText("Backups"));
    CHECK(decisions[3].text == ForeignText("ping"));
    CHECK(parse_decisions("", "d.toml").empty());
    CHECK(parse_decisions("# nothing yet\r\n", "d.toml").empty());
}

TEST_CASE("types and codes of ICMP, and whose socket it was, are read and written down, and may be absent") {
    const auto of = [](const std::string& keys) {
        const auto read = parse_decisions("[[decision]]\naction = \"allow\"\n" + keys, "d.toml");
        REQUIRE(read.size() == 1);
        const auto again = parse_decisions(cli::decision_to_toml(read[0]), "d.toml");
        REQUIRE(again.size() == 1);
        CHECK(again[0] == read[0]);
        return read[0].scope;
    };
    CHECK(of("protocol = \"icmp\"\nicmp_type = 8\nicmp_code = 0\n").icmp == model::DetailRange(0x0800));
    CHECK(of("protocol = \"icmpv6\"\nicmp_type = 128\n").icmp == model::DetailRange(0x8000, 0x80ff));
    CHECK(of("protocol = \"icmp\"\nicmp_type = 255\nicmp_code = 255\n").icmp == model::DetailRange(0xffff));
    CHECK_FALSE(of("protocol = \"icmp\"\n").icmp.has_value());
    CHECK(of("owner = \"kernel\"\n").owner == model::OwnerKind::kernel);
    CHECK(of("owner = \"user\"\nuser = 33\n").owner == model::OwnerKind::user);
    CHECK_FALSE(of("user = 33\n").owner.has_value());
}

TEST_CASE("what is wrong with a decision is told with file, line and column") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"[[decision]]\naction = \"allow\"\n  proces = \"x\"\n", "d.toml:3:3: there is no key 'proces'"},
        {"[[decision]]\nprocess = \"x\"\n", "d.toml:1:1: a decision needs an action"},
        {"[[decision]]\naction = \"permit\"\nrule = \"a\"\n", "d.toml:2:10: there is no action 'permit'"},
        {"[[decision]]\naction = 1\n", "d.toml:2:10: 'action' takes a text"},
        {"\n[[decision]]\naction = \"deny\"\n", "d.toml:2:1: a decision says what it is for"},
        {"[[decision]]\naction = \"deny\"\nprocess = \"\"\n", "d.toml:3:11: 'process' is empty"},
        {"[[decision]]\naction = \"deny\"\nprocess = \"a\\u0000b\"\n", "d.toml:3:11: a pattern holds no NUL"},
        {"[[decision]]\naction = \"deny\"\nrule = \"xyz\"\n", "d.toml:3:8: 'xyz' is no rule's id"},
        {"[[decision]]\naction = \"deny\"\nrule = \"0123456789abc\"\n", "d.toml:3:8: "},
        {"[[decision]]\naction = \"deny\"\nrule = \"a\"\nuser = \"b\"\n",
         "d.toml:3:8: a decision is for a rule, or"},
        {"[[decision]]\naction = \"deny\"\nuser = -1\n", "d.toml:3:8: no user has the number -1"},
        {"[[decision]]\naction = \"deny\"\naddress = \"192.0.2.1/24\"\n",
         "d.toml:3:11: '192.0.2.1/24' is no"},
        {"[[decision]]\naction = \"deny\"\nprotocol = \"tcpp\"\n",
         "d.toml:3:12: there is no protocol 'tcpp'"},
        {"[[decision]]\naction = \"deny\"\nport = 65536\n", "d.toml:3:8: 'port' takes a port"},
        {"[[decision]]\naction = \"deny\"\nport = \"9-8\"\n", "d.toml:3:8: 'port' takes a port"},
        {"[[decision]]\naction = \"deny\"\nprotocol = \"icmp\"\nport = 1\n", "d.toml:4:8: icmp has no ports"},
        {"[[decision]]\naction = \"deny\"\nprotocol = \"tcp\"\nicmp_type = 8\n",
         "d.toml:4:13: 'icmp_type' needs protocol = \"icmp\" or \"icmpv6\""},
        {"[[decision]]\naction = \"deny\"\nicmp_type = 8\n", "d.toml:3:13: 'icmp_type' needs protocol"},
        {"[[decision]]\naction = \"deny\"\nprotocol = \"icmp\"\nicmp_code = 0\n",
         "d.toml:4:13: a code is one of a type's: icmp_type is missing"},
        {"[[decision]]\naction = \"deny\"\nprotocol = \"icmp\"\nicmp_type = 256\n",
         "d.toml:4:13: 'icmp_type' takes a number from 0 to 255"},
        {"[[decision]]\naction = \"deny\"\nprotocol = \"icmp\"\nicmp_type = 8\nicmp_code = \"0\"\n",
         "d.toml:5:13: 'icmp_code' takes a number from 0 to 255"},
        {"[[decision]]\naction = \"deny\"\nowner = \"root\"\n",
         "d.toml:3:9: there is no owner 'root': it is user, kernel or unknown"},
        {"[[decision]]\naction = \"deny\"\nowner = \"kernel\"\nuser = 0\n",
         "d.toml:3:9: what a user owns is not owned by 'kernel': user or owner, not both"},
        {"[[decision]]\naction = \"deny\"\nrule = \"a\"\nowner = \"kernel\"\n",
         "d.toml:3:8: a decision is for a rule, or"},
        {"[[decision]]\naction = \"rename\"\nrule = \"a\"\n", "d.toml:1:1: rename needs a title"},
        {"[[decision]]\naction = \"comment\"\nrule = \"a\"\ntitle = \"x\"\n",
         "d.toml:4:9: comment takes comment and no title"},
        {"[[decision]]\naction = \"deny\"\nrule = \"a\"\nreason = 7\n", "d.toml:4:10: 'reason' takes a text"},
        {"[[decision]]\naction = \"widen\"\nrule = \"a\"\n", "d.toml:1:1: widen takes one of"},
        {"[[decision]]\naction = \"allow\"\nrule = \"a\"\nto_port = 1\n", "d.toml:1:1: widen takes one of"},
        {"[[decision]]\naction = \"widen\"\nrule = \"a\"\nto_port = 1\nto_domain = \"a.example\"\n",
         "d.toml:1:1: widen takes one of"},
        {"[[decision]]\naction = \"widen\"\nrule = \"a\"\nto_domain = \"*.*\"\n",
         "d.toml:4:13: '*.*' is no domain"},
        {"[decision]\naction = \"allow\"\n", "d.toml:1:1: decisions stand below [[decision]]"},
        {"decision = [1]\n", "d.toml:1:13: decisions stand below [[decision]]"},
        {"[[decison]]\n", "d.toml:1:3: only [[decision]] stands here, and no 'decison'"},
        {"[[decision]]\naction = \"allow\n", "d.toml:2:16: "},
        {"[[decision]]\naction = \"allow\"\naction = \"deny\"\n", "d.toml:3:"},
        {"[[decision]]\naction = \"\xff\"\n", "d.toml:2:"},
    };
    for (const auto& [text, expected] : cases) {
        const auto said = refusal_of(text);
        CHECK_MESSAGE(said.substr(0, expected.size()) == expected, said);
        CHECK(said.find('\n') == std::string::npos);
    }
    // What would need a stack of its own to be forgotten again.
    std::string deep = "a";
    for (int depth = 0; depth < 100'000; ++depth) {
        deep += ".\"a\"";
    }
    CHECK(refusal_of("[" + deep + "]\n").starts_with("d.toml:1:1: "));
    CHECK(refusal_of("# " + deep + "\n") == "none");
    CHECK(refusal_of("[[decision]]\naction='deny'\nprocess='" + std::string(5000, '.') + "'\n") == "none");
}

TEST_CASE("whatever UTF-8 a name holds, it is written down, comes back and changes nothing else") {
    std::mt19937_64 random(1);
    const std::vector<std::string> killers{"\"",       "\\",     "\n[[decision]]\naction = \"allow\"",
                                           "'''",      "\"\"\"", "\x1b[2J",
                                           "\x7f",     "\u202e", "\U0001f4be",
                                           "a = 1 # ", "\r",     "\t"};
    for (int number = 0; number < 2000; ++number) {
        std::string text;
        for (auto length = 1 + random() % 8; length > 0; --length) {
            text += random() % 2 == 0 ? killers[random() % killers.size()]
                                      : std::string(1, static_cast<char>(1 + random() % 127));
        }
        CAPTURE(text);
        auto decision = for_process(text, text);
        decision.scope.name = decision.scope.unit = decision.scope.task = decision.scope.user =
            ForeignText(text);
        const auto before = cli::decision_to_toml(for_process("before", ""));
        const auto written = cli::decision_to_toml(decision);
        const auto read = parse_decisions(before + written + before, "d.toml");
        REQUIRE(read.size() == 3);
        decision.line = read[1].line;
        REQUIRE(read[1] == decision);
        REQUIRE(read[2].scope == read[0].scope);
    }
    for (const auto* text : {"\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf"}) {
        CHECK_THROWS_AS(cli::decision_to_toml(for_process(text, "")), model::UsageError);
        CHECK_THROWS_AS(cli::decision_to_toml(for_process("a", text)), model::UsageError);
    }
}

TEST_CASE("a decision is put at the end of its file, and what is there stays byte for byte") {
    const Folder folder;
    const std::string old = "# mine\r\n  [[decision]]\naction='deny'  # no\nprocess = 'x'";
    const cli::DecisionsFile file(folder.file("d.toml", old, 0640));
    const auto decision = for_process("/bin/\"a\"\n", "no");
    file.append({decision});
    CHECK(content(file.path()).starts_with(old + "\n\n[[decision]]\n"));
    const auto read = file.read();
    REQUIRE(read.size() == 2);
    CHECK(read[1].scope == decision.scope);
    CHECK(read[1].line == 6);
    struct stat status {};
    REQUIRE(stat(file.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0640);
    CHECK(folder.files() == 1); // and nothing beside it

    const cli::DecisionsFile fresh(folder.path("new.toml"));
    CHECK_THROWS_AS(static_cast<void>(fresh.read()), model::SystemError);
    CHECK(fresh.read_to_append().empty());
    fresh.append({decision});
    CHECK(fresh.read().size() == 1);
    REQUIRE(stat(fresh.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0600);

    std::filesystem::create_symlink(fresh.path(), folder.path("link.toml"));
    cli::DecisionsFile(folder.path("link.toml")).append({decision});
    CHECK(std::filesystem::is_symlink(folder.path("link.toml")));
    CHECK(fresh.read().size() == 2);
}

TEST_CASE("a file that no decision can be added to is left as it is") {
    const Folder folder;
    for (const std::string text :
         {"decision = [{action='deny',rule='a'}]\n", "[[decision]]\naction = 'nope'\n"}) {
        const cli::DecisionsFile file(folder.file("d.toml", text));
        CHECK_THROWS_AS(file.append({for_process("a", "")}), model::UsageError);
        CHECK(content(file.path()) == text);
        CHECK(folder.files() == 1);
    }
    const cli::DecisionsFile nowhere(folder.path("no/such/d.toml"));
    CHECK_THROWS_AS(static_cast<void>(nowhere.read_to_append()), model::SystemError);
    CHECK_THROWS_AS(nowhere.append({for_process("a", "")}), model::SystemError);
}

TEST_CASE("root takes no decisions from a file that others may write") {
    const Folder folder;
    for (const mode_t mode : {0620U, 0602U, 0666U}) {
        const cli::DecisionsFile file(folder.file("d.toml", "", mode));
        if (geteuid() == 0) {
            CHECK_THROWS_AS(static_cast<void>(file.read()), model::UsageError);
            CHECK_THROWS_AS(file.append({for_process("a", "")}), model::UsageError);
        } else {
            CHECK(file.read().empty());
        }
    }
    CHECK(cli::DecisionsFile(folder.file("d.toml", "", 0644)).read().empty());
    CHECK_THROWS_AS(static_cast<void>(cli::DecisionsFile(folder.path(".")).read()), model::UsageError);
    REQUIRE(mkfifo(folder.path("pipe").c_str(), 0600) == 0);
    CHECK_THROWS_AS(static_cast<void>(cli::DecisionsFile(folder.path("pipe")).read()), model::UsageError);
}

TEST_CASE("what would make the file larger than anybody reads is not added, and the file stays readable") {
    const Folder folder;
    const auto before = std::string((1U << 20U) - 40, '#');
    const cli::DecisionsFile file(folder.file("d.toml", before));
    model::Decision decision;
    decision.scope.rule = "0123456789ab";
    CHECK_THROWS_AS(file.append({decision}), model::UsageError);
    CHECK(content(folder.path("d.toml")) == before);
    CHECK(file.read().empty());
    CHECK(folder.files() == 1);
}
