// Does a whitelist that nobody confirms go again, whatever becomes of who applied it; and does what was open
// before stay open? And is what must not be loaded refused?
#include "applying/applying.hpp"
#include "ground/process.hpp"
#include "ground/responder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

namespace fs = std::filesystem;

bool says(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

unsigned times(unsigned few, unsigned many) {
    return std::getenv("FWLEARN_FULL") != nullptr ? many : FWLEARN_FEW ? std::min(few, 4U) : few;
}

/// Exit 2, one line on stderr, and the ruleset as it was.
std::string refusal(const Result& result) {
    CHECK(result.status == 2);
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
    CHECK(result.err.starts_with("fwlearn: "));
    return result.err;
}

enum class Trouble { none, killed, terminal_closed, network_cut };

void apply_and_leave(Applying& server, Trouble trouble) {
    const std::vector<std::string> arguments{"apply", "--yes", "--confirm-within", "5s"};
    switch (trouble) {
    case Trouble::none:
        CHECK(server.run(arguments).status == 0);
        break;
    case Trouble::killed: {
        const auto before = server.ruleset();
        Process process(server.command(arguments), {.netns = server.lab().server().name()});
        // From its first change of the kernel on, which may be the priming table's, any step may be its last.
        while (server.ruleset() == before) {
        }
        process.signal(SIGKILL);
        process.wait();
        break;
    }
    case Trouble::terminal_closed: {
        Terminal terminal(server, {"apply", "--confirm-within", "5s"});
        terminal.wait_for("[y/N]");
        terminal.type("y\n");
        terminal.wait_for("fwlearn rollback");
        terminal.hang_up();
        break;
    }
    case Trouble::network_cut:
        CHECK(server.run(arguments).status == 0);
        must_run({"ip", "-n", server.lab().server().name(), "link", "set", "eth0", "down"});
        break;
    }
}

} // namespace

TEST_CASE(
    "what nobody confirms is taken back on time and to the byte, also from the killed, cut off and gone") {
    for (unsigned attempt = 0; attempt < times(10, 100); ++attempt) {
        CAPTURE(attempt);
        Applying server;
        const Responder responder(server.lab());
        const Session session(server.lab()); // which goes through all tables all the time
        if (attempt / 4 % 2 == 1) { // one of ours is there already, and is not the last of the tables
            REQUIRE(server.run({"apply", "--yes", "--by", "address"}).status == 0);
            REQUIRE(server.run({"confirm"}).status == 0);
        }
        server.load_another_programs_tables();
        const auto before = server.ruleset();
        apply_and_leave(server, static_cast<Trouble>(attempt % 4));
        server.wait_until_taken_back();
        CHECK(server.ruleset() == before);
        const auto outcome = server.outcome();
        CHECK(outcome.begun >= outcome.deadline);
        CHECK(outcome.ended - outcome.deadline <= std::chrono::seconds(2));
        if (attempt % 4 == static_cast<unsigned>(Trouble::network_cut)) {
            must_run({"ip", "-n", server.lab().server().name(), "link", "set", "eth0", "up"});
        } else {
            CHECK(session.echoes());
        }
    }
}

TEST_CASE("the way back waits on a clock that nobody can step") {
    Applying server;
    const auto applied = server.run({"apply", "--yes", "--confirm-within", "10min"});
    REQUIRE(applied.status == 0);
    CHECK(says(applied.out, "\nservices that fail do not take it back: systemd does not run this host\n"));
    const auto pid = server.way_back_pid(applied.out);
    bool waits_for_boottime = false;
    for (const auto& entry : fs::directory_iterator("/proc/" + pid + "/fdinfo")) {
        const auto info = must_run({"cat", entry.path().string()});
        if (says(info, "clockid:")) {
            waits_for_boottime = says(info, "clockid: 7\n"); // CLOCK_BOOTTIME, linux/time.h
            CHECK_FALSE(says(info, "it_value: (0, 0)"));
        }
    }
    CHECK(waits_for_boottime);
    // It has no session, no terminal and no lock of who started it.
    CHECK(says(must_run({"ps", "-o", "tty=", "-p", pid}), "?"));
    CHECK(server.run({"rollback"}).status == 0);
    CHECK(server.ruleset().empty());
}

TEST_CASE("a way back that is told to stop takes back at once") {
    Applying server;
    const auto applied = server.run({"apply", "--yes", "--confirm-within", "10min"});
    REQUIRE(applied.status == 0);
    must_run({"kill", server.way_back_pid(applied.out)});
    server.wait_until_taken_back();
    CHECK(server.ruleset().empty());
}

TEST_CASE("sessions, connections and neighbours survive, whether conntrack was in use before or not") {
    for (unsigned attempt = 0; attempt < times(10, 100); ++attempt) {
        CAPTURE(attempt);
        Applying server;
        const Responder responder(server.lab());
        if (attempt % 2 == 1) {
            server.load("table ip tracking { chain c { type filter hook output priority 0; ct state new "
                        "accept; }; }");
        }
        const Session session(server.lab());
        const auto applied = server.run({"apply", "--yes", "--confirm-within", "10min"});
        CHECK(applied.status == 0);
        CHECK_FALSE(says(applied.out, "could not be"));
        CHECK(session.server_speaks_first());
        CHECK(session.echoes());
        server.forget_neighbours();
        CHECK(session.echoes());
        CHECK(session.can_come_in());
        CHECK_FALSE(session.can_go_out("203.0.113.77")); // the whitelist is in force
        CHECK(server.run({"confirm"}).status == 0);
        CHECK(session.server_speaks_first());
        CHECK(session.echoes());
        CHECK(server.run({"rollback"}).status == 0);
    }
}

TEST_CASE("confirmed, it stays; rolled back, the one before comes back, now and at boot") {
    Applying server;
    const auto nothing = refusal(server.run({"confirm"}));
    CHECK_MESSAGE(says(nothing, "nothing waits"), nothing);
    CHECK(server.run({"rollback"}).out == "nothing is applied: nothing to take back\n");

    REQUIRE(server.run({"apply", "--yes", "--by", "address"}).status == 0);
    CHECK(server.run({"confirm"}).status == 0);
    const auto first = server.ruleset();
    CHECK(says(first, "policy drop"));
    CHECK(fs::exists(server.state("whitelist.json")));
    REQUIRE(server.run({"apply", "--yes"}).status == 0);
    CHECK(server.ruleset() != first);
    CHECK(server.run({"confirm"}).status == 0);
    CHECK(fs::exists(server.state("confirmed.json")));
    const auto back = server.run({"rollback"});
    CHECK(back.status == 0);
    CHECK_MESSAGE(says(back.out, "what it was before"), back.out);
    CHECK(server.ruleset() == first);
    server.flush();
    CHECK(server.run({"apply", "--at-boot"}).status == 0);
    CHECK(server.ruleset() == first);
    CHECK(server.run({"rollback"}).status == 0);
    CHECK(server.ruleset().empty());
    CHECK_FALSE(fs::exists(server.state("whitelist.nft")));
}

TEST_CASE("what refresh or dnsmasq found out about names is in the next whitelist too, for as long as it had "
          "left") {
    const Applying server;
    REQUIRE(server.run({"apply", "--yes", "--by", "name"}).status == 0);
    REQUIRE(server.run({"confirm"}).status == 0);
    const auto sets = [&server] {
        return must_run({"nft", "list", "table", "inet", "fwlearn"}, {.netns = server.lab().server().name()});
    };
    const auto listed = sets();
    const auto begin = listed.find("set n_");
    REQUIRE(begin != std::string::npos);
    const auto set = listed.substr(begin + 4, listed.find(' ', begin + 4) - begin - 4);
    server.load("add element inet fwlearn " + set + " { 198.51.100.99 expires 100s }");
    // As dnsmasq does of a name whose owner answers so.
    server.load("add element inet fwlearn " + set + " { 169.254.169.254, 127.0.0.1, 10.0.0.1 }");
    REQUIRE(server.run({"apply", "--yes", "--by", "name"}).status == 0);
    const auto then = sets();
    const auto element = then.find("198.51.100.99");
    REQUIRE(element != std::string::npos);
    CHECK_MESSAGE(says(then.substr(element, 40), "expires 1m3"), then.substr(element, 40)); // 1m30s and more
    CHECK(says(then, "198.51.100.7"));
    for (const auto* address : {"169.254.169.254", "127.0.0.1", "10.0.0.1"}) {
        CHECK_FALSE(says(then, address));
    }
    CHECK(server.run({"rollback"}).status == 0);
    CHECK(says(sets(), "198.51.100.99"));
}

TEST_CASE("whatever fills a name's set, no packet goes to where no name may lead") {
    const Applying server;
    REQUIRE(server.run({"apply", "--yes", "--by", "name"}).status == 0);
    REQUIRE(server.run({"confirm"}).status == 0);
    const auto netns = server.lab().server().name();
    const auto listed = must_run({"nft", "list", "table", "inet", "fwlearn"}, {.netns = netns});
    const auto begin = listed.find("set n_");
    REQUIRE(begin != std::string::npos);
    const auto set = listed.substr(begin + 4, listed.find(' ', begin + 4) - begin - 4);
    // As dnsmasq does of a name whose owner answers so.
    server.load("add element inet fwlearn " + set +
                " { 203.0.113.1, 169.254.169.254, 10.9.9.9, 100.100.100.200, 224.0.0.5 }");
    const auto denied = [&netns](const std::string& address) {
        const std::vector<std::string> counter{"nft", "list", "counter", "inet", "fwlearn", "denied"};
        const auto before = must_run(counter, {.netns = netns});
        run({"timeout", "5", "bash", "-c", "exec 3<>/dev/tcp/" + address + "/5003"},
            {.netns = netns, .uid = 4244});
        return must_run(counter, {.netns = netns}) != before;
    };
    CHECK_FALSE(denied("203.0.113.1"));
    CHECK(denied("203.0.113.2")); // which is not in the set
    for (const auto* address : {"169.254.169.254", "10.9.9.9", "100.100.100.200"}) {
        CAPTURE(address);
        CHECK(denied(address));
    }
    // A set that tells less is a change of the rule.
    server.load("delete element inet fwlearn not_by_public_name_4 { 10.0.0.0/8 }");
    const auto again = server.run({"apply", "--yes", "--by", "name"});
    CHECK_MESSAGE(says(again.out + again.err, "~"), again.out, again.err);
}

TEST_CASE("a table that somebody replaced meanwhile is taken back all the same, and it is said and kept") {
    Applying server;
    REQUIRE(server.run({"apply", "--yes", "--confirm-within", "10min"}).status == 0);
    server.load("add rule inet fwlearn output counter");
    const auto line = refusal(server.run({"confirm"}));
    CHECK_MESSAGE(says(line, "not what was applied any more"), line);
    const auto back = server.run({"rollback"});
    CHECK_MESSAGE(says(back.out, "somebody else had changed"), back.out);
    CHECK(says(must_run({"cat", server.state("replaced.nft").string()}), "table inet fwlearn"));
    CHECK(server.ruleset().empty());
}

TEST_CASE("what changed between showing and loading is refused, and so is a second one") {
    Applying server;
    const auto file = server.file("reviewed.nft", server.suggestion());
    const auto shown = server.run({"apply", file});
    const auto unasked = refusal(shown);
    CHECK_MESSAGE(says(unasked, "--yes"), unasked);
    const auto digest = unasked.substr(unasked.rfind(' ') + 1, 16);
    CHECK(server.ruleset().empty());

    SUBCASE("the file, after the question") {
        Terminal terminal(server, {"apply", file});
        terminal.wait_for("[y/N]");
        server.file("reviewed.nft", server.suggestion() + "# edited\n");
        terminal.type("y\n");
        terminal.wait_for("was changed since it was shown");
        CHECK(terminal.status() == 2);
        CHECK(server.ruleset().empty());
    }
    SUBCASE("the file, after the digest") {
        server.file("reviewed.nft", server.suggestion() + "# edited\n");
        CHECK(says(refusal(server.run({"apply", file, "--shown", digest})), "changed since"));
        CHECK(server.ruleset().empty());
    }
    SUBCASE("the table, by another program, after the question") {
        Terminal terminal(server, {"apply", file});
        terminal.wait_for("[y/N]");
        server.load("table inet fwlearn { chain mine { accept; }; }");
        const auto theirs = server.ruleset();
        terminal.type("y\n");
        terminal.wait_for("changed by another program");
        CHECK(terminal.status() == 2);
        CHECK(server.ruleset() == theirs);
    }
    SUBCASE("the table, after the digest") {
        server.load("table inet fwlearn { chain mine { accept; }; }");
        const auto theirs = server.ruleset();
        CHECK(says(refusal(server.run({"apply", file, "--shown", digest})), "changed since"));
        CHECK(server.ruleset() == theirs);
    }
    SUBCASE("nothing: then the digest loads it, and a second apply is refused") {
        CHECK(server.run({"apply", file, "--shown", digest, "--confirm-within", "10min"}).status == 0);
        const auto ours = server.ruleset();
        const auto line = refusal(server.run({"apply", "--yes"}));
        CHECK_MESSAGE(says(line, "waits to be confirmed"), line);
        CHECK(server.ruleset() == ours);
        CHECK(server.run({"rollback"}).status == 0);
        CHECK(server.ruleset().empty());
    }
}

TEST_CASE(
    "a file is refused that is none of ours, or lacks what every whitelist has, or touches other tables") {
    Applying server;
    const auto good = server.suggestion();
    const auto without = [&good](const std::string& line) {
        auto text = good;
        const auto at = text.find(line);
        REQUIRE(at != std::string::npos);
        return text.erase(at, line.size());
    };
    const auto instead = [&good](const std::string& what, const std::string& other) {
        auto text = good;
        const auto at = text.find(what);
        REQUIRE(at != std::string::npos);
        return text.replace(at, what.size(), other);
    };
#ifdef FWLEARN_SANITIZED
    // nft 1.0.6 prints a table's flags from memory that it has freed (table_flags_json, src/json.c), which a
    // sanitizer's allocator does not keep: its listing is refused then, for whatever it says.
    const std::string flags = "not understood";
#else
    const std::string flags = "flags";
#endif
    const std::vector<std::pair<std::string, std::string>> files{
        {"", "empty"},
        {"hello\n", "nft does not take it"},
        {"{\"schema\": 7}\n", "schema"},
        {std::string("SQLite format 3\0and so on", 25), "record"},
        {good + "table ip mine {\n}\n", "other tables"},
        {good + "flush ruleset\n", "makes no table"},
        {"flush ruleset\n" + good, "other tables"},
        {good + "include \"/etc/passwd\"\n", "nft does not take it"},
        {without("\t\tct state established,related accept\n"), "fixed parts"},
        {without("\t\toifname \"lo\" accept\n"), "fixed parts"},
        {instead("oifname \"lo\"", "oifname \"eth0\""), "fixed parts"},
        {instead("\t\tgoto deny\n\t}\n}\n", "\t}\n}\n"), "denial"},
        {instead("policy drop", "policy accept"), "chain"},
        {instead("output priority mangle", "output priority filter"), "chain"},
        {instead("\t\tmeta l4proto tcp drop\n", "\t\tmeta l4proto tcp accept\n"), "deny"},
        {instead("\tcounter denied {\n\t}\n", "\tcounter denied {\n\t}\n\tflags dormant\n"), flags},
        {instead("\tchain deny {",
                 "\tchain evil {\n\t\ttype filter hook input priority 0; policy drop;\n\t}\n\tchain deny {"),
         "chain"},
        {"table ip other {\n}\n", "makes no table"},
    };
    const auto missing = refusal(server.run({"apply", server.state("no-such-file").string(), "--yes"}));
    CHECK_MESSAGE(says(missing, "No such file or directory"), missing);
    const auto fifo = server.file("pipe", "");
    fs::remove(fifo);
    must_run({"mkfifo", fifo});
    const auto pipe = refusal(server.run({"apply", fifo, "--yes"}));
    CHECK_MESSAGE(says(pipe, "it is a pipe"), pipe);
    for (const auto& pair : files) {
        const auto& text = pair.first;
        const auto& words = pair.second;
        CAPTURE(text.substr(0, 200));
        CAPTURE(words);
        const auto line = refusal(server.run({"apply", server.file("file", text), "--yes"}));
        CHECK_MESSAGE(says(line, words), line);
        CHECK(server.ruleset().empty());
        CHECK_FALSE(fs::exists(server.state("armed.json")));
    }
}

TEST_CASE("on trial nothing is denied, for one unit nobody else is judged, and neither comes back at boot") {
    Applying server;
    const Responder responder(server.lab());
    const Session session(server.lab());
    for (const std::vector<std::string>& how : {std::vector<std::string>{"--shadow"},
                                                {"--unit", "not-here.service"},
                                                {"--shadow", "--unit", "not-here.service"}}) {
        CAPTURE(how);
        std::vector<std::string> command{"apply", "--yes", "--confirm-within", "10min"};
        command.insert(command.end(), how.begin(), how.end());
        const auto applied = server.run(command);
        REQUIRE_MESSAGE(applied.status == 0, applied.err);
        CHECK(says(server.ruleset(), "policy accept"));
        CHECK(says(server.ruleset(), how.front() == "--shadow" ? "counter shadowed" : "counter denied"));
        CHECK(session.can_go_out("203.0.113.77")); // which no rule admits
        const auto confirmed = server.run({"confirm", "--at-boot", "closed"});
        CHECK_MESSAGE(says(confirmed.out, "at boot nothing is loaded"), confirmed.out);
        server.flush();
        CHECK(server.run({"apply", "--at-boot"}).status == 0);
        CHECK(server.ruleset().empty());
        CHECK(server.run({"rollback"}).status == 0);
    }
    const auto line = refusal(server.run({"apply", "--yes", "--unit", "no-such.service"}));
    CHECK_MESSAGE(says(line, "no unit 'no-such.service'"), line);
    const auto file = server.file("whole.nft", server.suggestion());
    const auto refused = refusal(server.run({"apply", file, "--yes", "--shadow"}));
    CHECK_MESSAGE(says(refused, "take no file of nft's rules"), refused);
}

TEST_CASE("a reviewed file is loaded as reviewed, rules and JSON alike, and what it would deny is told") {
    Applying server;
    auto text = server.suggestion();
    const auto at = text.find("\t\tip daddr @r_");
    const auto id = text.substr(at + 14, 12);
    text.erase(at, text.find('\n', at) + 1 - at);
    const auto applied =
        server.run({"apply", server.file("struck.nft", text), "--yes", "--confirm-within", "10min"});
    CHECK(applied.status == 0);
    CHECK_MESSAGE(says(applied.out, "would have been denied:"), applied.out);
    CHECK_FALSE(says(server.ruleset(), "@r_" + id));
    CHECK(server.run({"rollback"}).status == 0);

    const auto document = server.file("w.json", server.suggestion({}, "json"));
    CHECK(server.run({"apply", document, "--yes", "--confirm-within", "10min"}).status == 0);
    CHECK(says(server.ruleset(), "@r_" + id));
    CHECK(server.run({"confirm"}).status == 0);
    CHECK(server.run({"rollback"}).status == 0);
}

TEST_CASE("a decision without effect is told before anything is loaded") {
    const Applying server;
    const auto id = server.suggestion().substr(server.suggestion().find("set r_") + 6, 12);
    const auto decisions = server.file("decisions.toml", "[[decision]]\naction = \"deny\"\nrule = \"" + id +
                                                             "\"\n\n[[decision]]\naction = \"deny\"\n"
                                                             "rule = \"0123456789ab\"\n");
    const auto shown = server.run({"apply", "--decisions", decisions, "--shown", "0"});
    CHECK_MESSAGE(says(shown.out, "\ndecision in line 5 concerns nothing, or more than one rule: deny rule "
                                  "0123456789ab\n"),
                  shown.out);
    CHECK_FALSE(says(shown.out, "decision in line 1 "));
}

TEST_CASE("more sets than nft comes to an end with are refused before it is tried") {
    const Applying server;
    std::string text = "table inet fwlearn {\n";
    for (int sets = 0; sets <= 20000; ++sets) {
        text += "\tset one {\n\t\ttype ipv4_addr\n\t}\n";
    }
    const auto refused = server.run({"apply", "--yes", server.file("many.nft", text + "}\n")});
    CHECK(refused.status == 2);
    CHECK_MESSAGE(says(refused.err, "/many.nft is refused: it has 20001 sets of addresses"), refused.err);
    CHECK(std::count(refused.err.begin(), refused.err.end(), '\n') == 1);
    CHECK(server.ruleset().empty());
}

TEST_CASE("what was edited in a reviewed file is told, whatever the ids in its comments say") {
    const Applying server;
    const auto good = server.suggestion({"--by", "address"});
    const auto shown = [&server](const std::string& text) {
        // With a digest that is not its own: nothing is loaded.
        return server.run({"apply", server.file("edited.nft", text), "--by", "address", "--shown", "0"}).out;
    };
    const auto edited = [&good](const std::string& what, const std::string& other) {
        auto text = good;
        const auto at = text.find(what);
        REQUIRE_MESSAGE(at != std::string::npos, what);
        return text.replace(at, what.size(), other);
    };
    const auto unedited = shown(good);
    CHECK_FALSE(says(unedited, "not known: "));
    CHECK(says(unedited, " flows 0 would have been denied\n"));
    const std::string set = "ipv4_addr\n\t\telements = {\n\t\t\t203.0.113.1 }";
    const std::string user = "4243 : jump uid_4243";
    const std::string last = "\t\tgoto deny\n\t}\n}";
    REQUIRE(says(good, "4242 : jump uid_4242"));
    const auto rule_is_not_known = [&](const std::string& text) {
        const auto told = shown(text);
        CAPTURE(text);
        CHECK_MESSAGE(says(told, "than the record suggests by this id"), told);
        CHECK_MESSAGE(says(told, " would have been denied:\n"), told);
    };
    rule_is_not_known(edited(set, "ipv4_addr\n\t\tflags interval\n\t\telements = {\n\t\t\t0.0.0.0/0 }"));
    rule_is_not_known(edited(set, "ipv4_addr"));
    rule_is_not_known(edited("6 . 5001 : jump", "6 . 5009 : jump"));
    rule_is_not_known(edited(",\n\t\t\t" + user, ""));
    rule_is_not_known(edited("th dport vmap", "th sport vmap"));
    rule_is_not_known(edited("ip daddr @r_", "ip saddr @r_"));
    const auto other_is_told = [&](const std::string& text) {
        const auto told = shown(text);
        CAPTURE(text);
        CHECK_MESSAGE(says(told, "not known: 1 rule or element of a map is not of fwlearn's making"), told);
    };
    other_is_told(edited(user, user + ",\n\t\t\t33 : jump uid_4242"));
    other_is_told(edited(user, user + ",\n\t\t\t33 : accept"));
    for (const std::string rule : {"ip daddr 203.0.113.0/24 drop", "meta skuid 33 jump uid_4242",
                                   "tcp dport 25 accept", "goto deny"}) {
        other_is_told(edited(last, "\t\t" + rule + "\n" + last));
    }
    CHECK_FALSE(says(shown(edited(last, "\t\tcounter\n" + last)), "not known: "));

    // Against what is loaded, too.
    REQUIRE(server.run({"apply", "--yes", "--by", "address", "--confirm-within", "10min"}).status == 0);
    REQUIRE(server.run({"confirm"}).status == 0);
    server.load("add element inet fwlearn " + good.substr(good.find("set r_") + 4, 16) + " { 192.0.2.99 }");
    const auto changed = shown(good);
    CHECK_MESSAGE(says(changed, " kept, 1 changed\n~ "), changed);
    REQUIRE(server.run({"rollback"}).status == 0);
}

TEST_CASE(
    "what was confirmed is loaded at boot; where it cannot be, the host is open or closed as was chosen") {
    // The record knows users and units that are not here: their rules load all the same.
    Applying server;
    for (const std::string choice : {"open", "closed", "off"}) {
        CAPTURE(choice);
        REQUIRE(server.run({"apply", "--yes"}).status == 0);
        const auto confirmed = server.run({"confirm", "--at-boot", choice});
        CHECK(confirmed.status == 0);
        CHECK_MESSAGE(says(confirmed.out, "(" + choice + ")"), confirmed.out);
        const auto in_force = server.ruleset();
        server.flush();
        CHECK(server.run({"apply", "--at-boot"}).status == 0);
        CHECK(server.ruleset() == (choice == "off" ? std::string() : in_force));

        server.write_state("whitelist.nft", "table inet fwlearn { chain output { no such thing } }\n");
        server.flush(); // that is for people, and was not written by confirm: what was confirmed is loaded
        CHECK(server.run({"apply", "--at-boot"}).status == 0);
        CHECK(server.ruleset() == (choice == "off" ? std::string() : in_force));
        if (choice != "off") {
            CHECK(says(server.read_state("whitelist.nft"), "policy drop"));
        }

        server.change_state("confirmed.json", "policy drop;", "no such thing;");
        server.flush();
        const auto result = server.run({"apply", "--at-boot"});
        if (choice == "open") {
            CHECK(says(refusal(result), "OPEN, as was chosen"));
            CHECK(server.ruleset().empty());
        } else if (choice == "closed") {
            CHECK(result.status == 1);
            CHECK_MESSAGE(says(result.err, "CLOSED, as was chosen"), result.err);
            CHECK(says(server.ruleset(), "policy drop"));
            CHECK(says(server.ruleset(), "ct state established,related accept"));
            CHECK_FALSE(says(server.ruleset(), "@r_"));
        } else {
            CHECK(result.status == 0);
            CHECK(server.ruleset().empty());
        }
        server.flush();
        fs::remove(server.state("confirmed.json"));
    }
}
