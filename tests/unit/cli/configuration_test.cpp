#include "../../needs_root.hpp"
#include "workplace.hpp"

#include <model/errors.hpp>

#include <configuration_files.hpp>
#include <sys/stat.h>

using namespace fwlearn;
using namespace fwlearn::tests;

namespace {

/// fwlearn with a configuration of its own, and no record named on the command line.
struct Configured {
    Workplace workplace;

    std::string file(const std::string& text) const { return workplace.file("fwlearn.toml", text); }

    void drop_in(const std::string& name, const std::string& text) const {
        std::filesystem::create_directory(workplace.path("fwlearn.d"));
        std::filesystem::permissions(workplace.path("fwlearn.d"), std::filesystem::perms::owner_all);
        static_cast<void>(workplace.file("fwlearn.d/" + name, text));
    }

    [[nodiscard]] Result run(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"--config", workplace.path("fwlearn.toml").string()});
        return run_fwlearn(arguments);
    }

    /// What becomes of [observe] group, which --print-rules prints.
    [[nodiscard]] std::string rules(std::vector<std::string> more = {}) const {
        more.insert(more.begin(), {"observe", "--print-rules"});
        const auto result = run(more);
        CHECK(result.err.empty());
        return result.out;
    }

    /// The one line that a configuration is refused with, less the folder.
    [[nodiscard]] std::string refusal(const std::string& text, const std::string& verb = "status") const {
        const auto path = file(text);
        const auto result = run({verb});
        CAPTURE(text);
        CHECK(result.status == 2);
        CHECK(result.out.empty());
        CHECK(is_one_line(result.err));
        const auto at = result.err.find(path);
        CHECK(at != std::string::npos);
        return at == std::string::npos ? result.err : result.err.substr(at + path.size());
    }
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("the command line wins over drop-ins, later over earlier, and all over the defaults") {
    const Configured configured;
    configured.file("");
    CHECK(has(configured.rules(), "group 61"));
    configured.file("[observe]\ngroup = 7\n");
    CHECK(has(configured.rules(), "group 7 "));
    configured.drop_in("20-b.toml", "observe.group = 9");
    configured.drop_in("10-a.toml", "[observe]\ngroup = 8\n");
    configured.drop_in(".hidden.toml", "nonsense");
    configured.drop_in("30-c.toml~", "nonsense");
    CHECK(has(configured.rules(), "group 9 "));
    CHECK(has(configured.rules({"--group", "10"}), "group 10 "));
    CHECK(has(configured.rules({"-o", "iptables"}), "--nflog-group 9"));
}

TEST_CASE("the record, and how whitelists are made of it, can be configured") {
    const Configured configured;
    const auto flows = configured.workplace.file(
        "flows.jsonl",
        R"({"first_seen":"2026-11-23T07:00:00Z","count":1,"protocol":"tcp","address":"192.0.2.7",)"
        R"("port":443,"names":["example.org"],"name_source":"dns of the process",)"
        R"("process":{"exe":"/usr/bin/a"},"replied":true})");
    configured.file("db = \"" + configured.workplace.path("there.db").string() + "\"\n");
    CHECK(configured.run({"import", "--format", "jsonl", flows}).status == 0);
    REQUIRE(std::filesystem::exists(configured.workplace.path("there.db")));
    const auto json = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"suggest", "-o", "json"});
        return configured.run(more).out;
    };
    const auto usual = json({});
    const auto by_address = json({"--by", "address"});
    REQUIRE(usual != by_address);
    configured.drop_in("a.toml", "[whitelist]\nby = \"address\"\n");
    CHECK(json({}) == by_address);
    CHECK(json({"--by", "name"}) == usual);
    CHECK(configured.run({"--db", configured.workplace.path("other.db").string(), "flows"}).status == 2);
}

TEST_CASE("a flag of the configuration is turned off again on the command line") {
    const Configured configured;
    const auto db = configured.workplace.path("flows.db").string();
    const auto flows = configured.workplace.file(
        "flows.jsonl",
        R"({"first_seen":"2026-11-23T07:00:00Z","count":1,"protocol":"tcp","address":"192.0.2.7",)"
        R"("port":443,"process":{"exe":"/usr/bin/a"},"task":{"kind":"session","name":"7"},)"
        R"("attribution":"exact","replied":true})");
    configured.file("[whitelist]\ninclude-sessions = true\n");
    REQUIRE(configured.run({"--db", db, "import", "--format", "jsonl", flows}).status == 0);
    const auto rule = "192.0.2.7";
    const auto nft = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"--db", db, "suggest", "-o", "nft"});
        return configured.run(more).out;
    };
    CHECK(has(nft({}), rule));
    CHECK_FALSE(has(nft({"--include-sessions=false"}), rule));
}

TEST_CASE("what audit runs and compares with can be configured") {
    const Configured configured;
    const auto db = configured.workplace.path("flows.db").string();
    const auto log = configured.workplace.file("conn.log", conn_log);
    const auto none = configured.workplace.file("none.json", R"({"schema":1,"rules":[]})");
    configured.file("[audit]\nagainst = \"" + none + "\"\nexec = \"cat >> '" +
                    configured.workplace.path("told").string() + "'\"\n");
    REQUIRE(configured.run({"--db", db, "import", "--format", "zeek", "--local", "192.0.2.10", log}).status ==
            0);
    const auto audited = configured.run({"--db", db, "audit", "--since", "@0"});
    CHECK(audited.status == 1);
    CHECK(audited.err.empty()); // else it says that no whitelist is in force
    std::ifstream told(configured.workplace.path("told"));
    const std::string lines{std::istreambuf_iterator<char>(told), {}};
    CHECK(std::count(lines.begin(), lines.end(), '\n') == 3);
}

TEST_CASE("what is wrong in a configuration is one line with file, line and column, and status 2") {
    const Configured configured;
    const auto refusal = [&](const std::string& text) { return configured.refusal(text); };
    CHECK(has(refusal("[observe]\ngruop = 7\n"), ":2:1: there is no key 'gruop' in [observe]"));
    CHECK(has(refusal("\ngroup = 7\n"), ":2:1: 'group' stands in [observe], and not above all tables"));
    CHECK(has(refusal("[audit]\n  decisions = '/x'"),
              ":2:3: 'decisions' stands in [whitelist], and not in [audit]"));
    CHECK(has(refusal("[observer]\n"), ":1:2: there is no table 'observer'"));
    CHECK(has(refusal("[observe]\ngroup = \"7\"\n"), ":2:9: 'group' takes a whole number"));
    CHECK(has(refusal("[observe]\ngroup = 70000\n"), ":2:9: 'group': Value 70000 not in range"));
    CHECK(has(refusal("[observe]\ngroup = -1\n"), ":2:9: 'group': Value -1 not in range"));
    CHECK(has(refusal("[observe]\ngroup = 7.5\n"), ":2:9: 'group' takes"));
    CHECK(has(refusal("[observe]\naccounting = 1\n"), ":2:14: 'accounting' takes true or false"));
    CHECK(has(refusal("[observe]\nattribution = \"magic\"\n"), ":2:15: 'attribution': magic not in {bpf,"));
    CHECK(has(refusal("[observe]\nattribution = \"\"\n"), ":2:15: 'attribution' is empty"));
    CHECK(has(refusal("[apply]\nconfirm-within = \"25h\"\n"),
              ":2:18: 'confirm-within': it takes from 1s to 24h"));
    CHECK(has(refusal("[apply]\nconfirm-within = \"soon\"\n"), ":2:18: 'confirm-within': cannot understand"));
    CHECK(has(refusal("[apply]\nforce = true\n"), ":2:1: there is no key 'force' in [apply]"));
    CHECK(has(refusal("color = \"mauve\"\n"), ":1:9: 'mauve' is no value for 'color'"));
    CHECK(has(refusal("db = \"flows.db\"\n"), ":1:6: 'db' takes a path that begins with /"));
    CHECK(has(refusal("db = \"/a\\u0000b\"\n"), ":1:6: 'db' holds a NUL"));
    CHECK(has(refusal("config = \"/x\"\n"), ":1:1: there is no key 'config'"));
    CHECK(has(refusal("help = true\n"), ":1:1: there is no key 'help'"));
    CHECK(has(refusal("\"\" = 1\n"), ":1:1: a name is empty"));
    CHECK(has(refusal("[[observe]]\n"), ":1:"));
    CHECK(has(refusal("observe = 1\n"), ":1:1: there is no key 'observe'"));
    CHECK(has(refusal("[observe]\ngroup = 7\ngroup = 8\n"), ":3:"));
    CHECK(has(refusal("\"a\\u001b[31m\" = 1\n"), ":1:1: there is no key 'a\\x1B[31m'"));
    CHECK(has(refusal("db = \"/x\nq"), ":1:"));
    // Also where the command line would have the last word, and for verbs that it does not concern.
    configured.file("[observe]\ngroup = 70000\n");
    CHECK(configured.run({"observe", "--print-rules", "--group", "7"}).status == 2);
    configured.file("");
    configured.drop_in("a.toml", "[observe]\ngroup = 7\nx = 1\n");
    CHECK(has(configured.run({"status"}).err, "fwlearn.d/a.toml:3:1: there is no key 'x'"));
}

TEST_CASE("a configuration that was named has to be there, and /dev/null is none") {
    const Configured configured;
    CHECK(has(configured.run({"status"}).err, "fwlearn.toml: No such file"));
    CHECK(is_one_line(configured.run({"status"}).err));
    CHECK(run_fwlearn({"--config", "/dev/null", "observe", "--print-rules"}).status == 0);
    CHECK(has(run_fwlearn({"--config", configured.workplace.path("").string(), "status"}).err,
              "no regular file"));
    CHECK(cli::read_configuration(configured.workplace.path("fwlearn.toml"), true).empty());
    CHECK(cli::drop_ins_of("/etc/fwlearn/fwlearn.toml") == "/etc/fwlearn/fwlearn.d");
    CHECK(cli::drop_ins_of("/etc/other") == "/etc/other.d");
}

TEST_CASE("help needs no configuration, and a mistake in one does not stop the way back unless it is named") {
    const Configured configured;
    configured.file("nonsense");
    CHECK(configured.run({"--help"}).status == 0);
    CHECK(configured.run({"observe", "--help"}).status == 0);
    CHECK(configured.run({"rollback", "--state", configured.workplace.path("state").string()}).status == 2);
}

TEST_CASE("root takes no configuration from what others may write") {
    if (!has_root()) {
        return;
    }
    const Configured configured;
    const auto file = configured.file("[observe]\ngroup = 7\n");
    configured.drop_in("a.toml", "[observe]\ngroup = 8\n");
    const auto root = configured.workplace.path("");
    CHECK(has(configured.rules(), "group 8 "));
    constexpr uid_t nobody = 65534;
    for (const auto& path :
         {std::filesystem::path(file), root, root / "fwlearn.d", root / "fwlearn.d/a.toml"}) {
        CAPTURE(path);
        struct stat before {};
        REQUIRE(stat(path.c_str(), &before) == 0);
        for (const mode_t writable : {mode_t{S_IWGRP}, mode_t{S_IWOTH}}) {
            REQUIRE(chmod(path.c_str(), (before.st_mode & 07777U) | writable) == 0);
            const auto result = configured.run({"observe", "--print-rules"});
            CHECK(result.status == 2);
            CHECK(is_one_line(result.err));
            CHECK(has(result.err, "may be written by others than root"));
        }
        REQUIRE(chmod(path.c_str(), before.st_mode & 07777U) == 0);
        REQUIRE(chown(path.c_str(), nobody, nobody) == 0);
        const auto result = configured.run({"observe", "--print-rules"});
        CHECK(result.status == 2);
        CHECK(is_one_line(result.err));
        CHECK(has(result.err, "is not root's"));
        REQUIRE(chown(path.c_str(), 0, 0) == 0);
    }
    // Behind a link, too.
    std::filesystem::create_directory(root / "open");
    std::filesystem::rename(file, root / "open/real");
    std::filesystem::create_symlink("open/real", file);
    CHECK(has(configured.rules(), "group 8 "));
    REQUIRE(chmod((root / "open").c_str(), 0777) == 0);
    CHECK(has(configured.run({"status"}).err, "may be written by others than root"));
}
