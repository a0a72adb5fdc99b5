#include <cli/app.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

using namespace fwlearn;

namespace {

struct Result {
    int status;
    std::string out;
    std::string err;
};

/// A directory of its own, and fwlearn run in it with its own database.
class Workplace {
  public:
    Workplace() {
        auto pattern = (std::filesystem::temp_directory_path() / "fwlearn-cli-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        root_ = pattern;
    }
    ~Workplace() { std::filesystem::remove_all(root_); }
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;

    [[nodiscard]] std::filesystem::path path(const std::string& name) const { return root_ / name; }

    [[nodiscard]] std::string file(const std::string& name, const std::string& content) const {
        std::ofstream(path(name), std::ios::binary) << content;
        return path(name).string();
    }

    [[nodiscard]] Result run(std::vector<std::string> arguments,
                             const std::string& database = "flows.db") const {
        arguments.insert(arguments.begin(), {"fwlearn", "--db", path(database).string()});
        std::vector<const char*> argv;
        for (const auto& argument : arguments) {
            argv.push_back(argument.c_str());
        }
        std::ostringstream out;
        std::ostringstream err;
        const int status = cli::run(static_cast<int>(argv.size()), argv.data(), out, err);
        return {status, out.str(), err.str()};
    }

  private:
    std::filesystem::path root_;
};

bool is_one_line(const std::string& text) {
    return std::count(text.begin(), text.end(), '\n') == 1 && text.back() == '\n' && text.size() > 10 &&
           std::none_of(text.begin(), text.end() - 1,
                        [](unsigned char byte) { return byte < 0x20 || byte >= 0x7f; });
}

const std::string conn_log =
    "#separator \\x09\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_"
    "state\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n"
    "1763881328.5\t192.0.2.10\t40000\t198.51.100.7\t443\ttcp\tSF\t5\t500\t4\t4000\n"
    "1763881329.5\t192.0.2.10\t40001\t198.51.100.6\t443\ttcp\tSF\t5\t500\t4\t4000\n"
    "1763967728.5\t192.0.2.10\t40002\t198.51.100.9\t53\tudp\tS0\t1\t60\t0\t0\n"
    "1763967729.5\t203.0.113.4\t40002\t192.0.2.10\t22\ttcp\tSF\t5\t500\t4\t4000\n";

} // namespace

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
             {"import"},
             {"import", "--format", "pcap", "x"},
             {"import", "--format", "zeek", "--local", "nonsense", "x"},
             {"import", "--format", "zeek", "--local", "192.0.2.10", "/nonexistent/conn.log"},
             {"observe", "--group", "70000"},
             {"observe", "--duration", "long"},
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
    for (const auto* verb : {"observe", "status", "flows", "suggest", "import"}) {
        CHECK(help.out.find(std::string("\n  ") + verb + " ") != std::string::npos);
        CHECK(workplace.run({verb, "--help"}).status == 0);
        CHECK(workplace.run({verb, "--help"}).out.find("--help") != std::string::npos);
    }
    const auto version = workplace.run({"--version"});
    CHECK(version.status == 0);
    CHECK(version.out.rfind("fwlearn ", 0) == 0);
}

TEST_CASE("without a record every reading verb says so and creates nothing") {
    const Workplace workplace;
    for (const auto* verb : {"status", "flows", "suggest"}) {
        const auto result = workplace.run({verb});
        CHECK(result.status == 2);
        CHECK(is_one_line(result.err));
        CHECK(result.out.empty());
    }
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
    CHECK(nft.out.find("log group 7") != std::string::npos);
    CHECK(workplace.run({"observe", "--print-rules", "-o", "iptables"}).out.find("--nflog-group 61") !=
          std::string::npos);
    CHECK_FALSE(std::filesystem::exists(workplace.path("flows.db")));
}
