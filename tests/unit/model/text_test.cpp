#include <model/foreign_text.hpp>
#include <model/gap_reasons.hpp>
#include <model/service.hpp>
#include <model/time.hpp>
#include <model/vocabulary.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace fwlearn::model;

TEST_CASE("in Markdown foreign text is text, whatever markup it holds") {
    CHECK(for_markdown(ForeignText("cron /etc/cron.d/backup:3")) == "cron /etc/cron.d/backup:3");
    CHECK(for_markdown(ForeignText("a|b\nc")) == "a\\|b\\\\x0Ac");
    CHECK(for_markdown(ForeignText("[x](http://evil) <b>&amp; `*_")) ==
          "\\[x\\]\\(http\\://evil\\) \\<b\\>\\&amp\\; \\`\\*\\_");
    CHECK(for_markdown(ForeignText("  - list")) == "\\- list");
    CHECK(for_markdown(ForeignText("1. list")) == "1\\. list");
    CHECK(for_markdown(ForeignText("db-main.example.org 12:30")) == "db-main.example.org 12:30");
    CHECK(for_markdown(ForeignText("www.evil.example _x_ mailto:me")) ==
          "www\\.evil.example \\_x\\_ mailto\\:me");
    CHECK(for_markdown(ForeignText("back\\slash\xff")) == "back\\\\slash\\\\xFF");
}

TEST_CASE("a terminal gets one line of printable ASCII whatever the bytes were") {
    CHECK(for_terminal(ForeignText("/usr/bin/apt")) == "/usr/bin/apt");
    CHECK(for_terminal(ForeignText("a\nb\x1b[31m")) == "a\\x0Ab\\x1B[31m");
    CHECK(for_terminal(ForeignText("back\\slash")) == "back\\\\slash");
    CHECK(for_terminal(ForeignText("\xc3\xa9\x7f")) == "\\xC3\\xA9\\x7F");
}

TEST_CASE("a rule's comment holds nothing that ends a string or a line") {
    CHECK(for_rule_comment(ForeignText("x\"; accept; #")) == "x%22%3B%20accept%3B%20%23");
    CHECK(for_rule_comment(ForeignText("user@host:/a+b-c.d_e")) == "user@host:/a+b-c.d_e");
    CHECK(for_rule_comment(ForeignText("100%")) == "100%25");
}

TEST_CASE("a rule's comment is cut between two bytes, and says so") {
    CHECK(for_rule_comment(ForeignText(std::string(127, 'a'))) == std::string(127, 'a'));
    CHECK(for_rule_comment(ForeignText(std::string(128, 'a'))) == std::string(124, 'a') + "...");
    CHECK(for_rule_comment(ForeignText(std::string(300, '\n'))).size() <= 127);
    CHECK(for_rule_comment(ForeignText("aaaa\n\n"), 8) == "aaaa...");
}

TEST_CASE("times are RFC 3339 in UTC, both ways") {
    const auto time = parse_rfc3339("2026-11-23T07:02:08.125Z");
    REQUIRE(time.has_value());
    CHECK(to_rfc3339(*time) == "2026-11-23T07:02:08.125Z");
    CHECK(to_rfc3339(*parse_rfc3339("2026-11-23T08:02:08.1259+01:00")) == "2026-11-23T07:02:08.125Z");
    CHECK(to_rfc3339(*parse_rfc3339("1969-12-31T23:59:59Z")) == "1969-12-31T23:59:59.000Z");
    CHECK(hour_of(*parse_rfc3339("1969-12-31T23:59:59Z")) == Hour(std::chrono::hours(-1)));
    for (const auto* text :
         {"", "2026-11-23", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T07:02:08",
          "2026-11-23T07:02:08.Z", "2026-11-23T07:02:08Zx", "-026-11-23T07:02:08Z"}) {
        CHECK_FALSE(parse_rfc3339(text).has_value());
    }
    CHECK(to_rfc3339(Timestamp::max()) == "9999-12-31T23:59:59.999Z");
}

TEST_CASE("services print with what tells them apart") {
    CHECK(Service::port(protocol::tcp, 443).to_string() == "tcp/443");
    CHECK(Service::icmp(protocol::icmp, 8, 0).to_string() == "icmp/8/0");
    CHECK(Service{protocol::gre, 0}.to_string() == "gre");
    CHECK(Service{Protocol{253}, 0}.to_string() == "253");
    CHECK(Protocol::parse("icmpv6") == protocol::icmpv6);
    CHECK(Protocol::parse("132") == protocol::sctp);
    CHECK_FALSE(Protocol::parse("256").has_value());
    CHECK_FALSE(Protocol::parse("").has_value());
}

TEST_CASE("every word finds its enumerator again") {
    for (int value = 0; value <= static_cast<int>(TaskKind::kernel); ++value) {
        const auto kind = static_cast<TaskKind>(value);
        CHECK(from_word<TaskKind>(to_word(kind)) == kind);
    }
    for (int value = 0; value <= static_cast<int>(last_gap_reason); ++value) {
        const auto reason = static_cast<GapReason>(value);
        CHECK(from_word<GapReason>(to_word(reason)) == reason);
    }
    for (int value = 0; value <= static_cast<int>(FlagKind::one_run); ++value) {
        const auto kind = static_cast<FlagKind>(value);
        CHECK(from_word<FlagKind>(to_word(kind)) == kind);
    }
    CHECK(to_word(SelectorKind::unit) == "unit");
    CHECK_FALSE(from_word<Attribution>("certain").has_value());
}

TEST_CASE("an identity is held once, and 0 is the unknown one") {
    Identities identities;
    CHECK(identities.add(Process{}) == ProcessId::unknown);
    Process apt;
    apt.exe = ForeignText("/usr/bin/apt");
    const auto id = identities.add(apt);
    CHECK(identities.add(apt) == id);
    CHECK(identities.process(id) == apt);
    CHECK(identities.processes() == 2);
    CHECK_FALSE(identities.process(ProcessId::unknown).known());
    CHECK_THROWS_AS((void)identities.process(ProcessId{7}), std::out_of_range);
}

TEST_CASE(
    "texts that are the same have one hash, others have another, also where somebody chose them for it") {
    const std::hash<ForeignText> hash;
    CHECK(hash(ForeignText("cdn.example.org")) == hash(ForeignText("cdn.example.org")));
    std::set<std::size_t> hashes;
    for (const auto* const text : {"", "a", "b", "ab", "ba", "a.b", "abcdefgh", "abcdefg", "abcdefghi"}) {
        hashes.insert(hash(ForeignText(text)));
    }
    hashes.insert(hash(ForeignText(std::string(1, '\0'))));
    hashes.insert(hash(ForeignText(std::string(2, '\0'))));
    CHECK(hashes.size() == 11);
    // Without the secret the second half would take back what the first one comes to.
    hashes.clear();
    constexpr int chosen = 1000;
    for (int number = 0; number < chosen; ++number) {
        const auto half = std::to_string(10'000'000 + number);
        hashes.insert(hash(ForeignText(half + half)));
    }
    CHECK(hashes.size() == chosen);
}
