// How fwlearn is called: what it does not understand, what it says of itself, and what it does without a
// record.
#include "workplace.hpp"

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
             {"flows", "--limit", "0"},
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
    CHECK(workplace.run({"nope"}).err.find("no verb 'nope' (see fwlearn --help)") != std::string::npos);
    CHECK(workplace.run({"flows", "--nope"}).err.find("(see fwlearn flows --help)") != std::string::npos);
    for (const auto& asked : std::vector<std::vector<std::string>>{{"help", "nope"}, {"nope", "--help"}}) {
        const auto result = run_fwlearn(asked);
        CHECK(result.status == 2);
        CHECK(result.out.empty());
        CHECK(result.err == "fwlearn: there is no verb 'nope' (see fwlearn --help)\n");
    }
    CHECK(workplace.run({"observe", "--group", "70000"}).err ==
          "fwlearn: --group: Value 70000 not in range 0 to 65535 (see fwlearn observe --help)\n");
    CHECK(workplace.run({"observe", "--keep", "0d"}).err ==
          "fwlearn: --keep: cannot understand the duration '0d': give it like 30s, 5min or '1h 30min', or "
          "forever (see fwlearn observe --help)\n");
    CHECK(workplace.run({"apply", "/nonexistent", "--state", workplace.path("state")}).err ==
          "fwlearn: cannot read /nonexistent: No such file or directory\n");
}

TEST_CASE("help and version are no errors, and help names the verbs that there are") {
    const Workplace workplace;
    const auto help = workplace.run({"--help"});
    CHECK(help.status == 0);
    CHECK(run_fwlearn({"help"}).out == run_fwlearn({"--help"}).out);
    for (const auto* verb : {"observe", "status", "flows", "suggest", "import", "purge"}) {
        CHECK(help.out.find(std::string("\n  ") + verb + " ") != std::string::npos);
        CHECK(workplace.run({verb, "--help"}).status == 0);
        const auto of_verb = workplace.run({verb, "--help"}).out;
        CHECK(of_verb.find("--help") != std::string::npos);
        CHECK(of_verb.find(std::string("fwlearn ") + verb + " [OPTIONS]") != std::string::npos);
        CHECK(run_fwlearn({"help", verb}).out == run_fwlearn({verb, "--help"}).out);
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

TEST_CASE("an empty name of a record is told as that, by every verb") {
    for (const std::string verb : {"status", "observe", "suggest"}) {
        const auto result = run_fwlearn({"--db", "", verb});
        CHECK(result.status == 2);
        CHECK(is_one_line(result.err));
        CHECK_MESSAGE(result.err.find("--db: no file is named") != std::string::npos, result.err);
    }
}

TEST_CASE("of two files that cannot be read, diff complains of the first") {
    const Workplace workplace;
    const auto result = workplace.run({"diff", workplace.path("one"), workplace.path("other")});
    CHECK(result.status == 2);
    CHECK(is_one_line(result.err));
    CHECK_MESSAGE(result.err.find("/one: ") != std::string::npos, result.err);
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
