// Does flows --follow print each flow once, as the record grows, and does who follows for long keep but a
// minute's flows in mind?
#include "flow_position.hpp"
#include "follower.hpp"
#include "workplace.hpp"

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace fwlearn::tests;
using namespace std::chrono_literals;
using cli::FlowPosition;
using nlohmann::json;

namespace {

class Record : public Workplace {
  public:
    /// Each a millisecond after the one before.
    void see(const std::string& second, int first, int count = 1) {
        std::string lines;
        for (int host = first; host < first + count; ++host) {
            const auto seen = second + "." + std::to_string(1000 + host).substr(1) + "Z";
            lines += json{{"first_seen", seen},
                          {"last_seen", seen},
                          {"count", 1},
                          {"answered", 1},
                          {"process", {{"exe", "/bin/a\x1b"}}},
                          {"owner", {{"kind", "user"}, {"uid", 33}, {"user", "www-data"}}},
                          {"task", {{"kind", "timer"}, {"name", "a.timer"}}},
                          {"attribution", "exact"},
                          {"protocol", "tcp"},
                          {"address", "203.0.113." + std::to_string(host)},
                          {"port", 443}}
                         .dump() +
                     "\n";
        }
        REQUIRE(
            run({"import", "--format", "jsonl", file("flows" + std::to_string(++files_) + ".jsonl", lines)})
                .status == 0);
    }
    [[nodiscard]] std::vector<std::string> following(const std::vector<std::string>& more) const {
        std::vector<std::string> all{"--db", path("flows.db").string(), "flows", "--follow"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

  private:
    int files_ = 0;
};

} // namespace

TEST_CASE("flows --follow begins with the newest, and prints each flow that is stored from then on, once") {
    Record record;
    record.see("2026-11-23T06:00:00", 1, 12);
    record.see("2026-11-23T07:00:00", 13);
    Follower follower(record.following({"--json"}));
    for (int host = 4; host <= 13; ++host) {
        CHECK(follower.next_address() == "203.0.113." + std::to_string(host));
    }
    record.see("2026-11-23T07:00:01", 20);
    CHECK(follower.next_address() == "203.0.113.20");
    record.see("2026-11-23T07:00:59", 13); // seen before, and again
    const auto again = follower.next();
    CHECK(again.at("address") == "203.0.113.13");
    CHECK(again.at("count") == 2);
    record.see("2026-11-23T07:00:03", 21); // stored late
    CHECK(follower.next_address() == "203.0.113.21");
    CHECK(follower.stop() == 0);
    CHECK(follower.next_line().empty());
}

TEST_CASE("for people a flow is a line, of a flood so many are told, and filters hold") {
    Record record;
    record.see("2026-11-23T07:00:00", 1, 2);
    Follower follower(record.following({"--limit", "1", "--user", "www-data"}));
    CHECK(follower.next_line() ==
          "2026-11-23T07:00:00Z tcp/443 to 203.0.113.2 by /bin/a\\x1B (www-data) for timer a.timer");
    Follower nobodys(record.following({"--user", "nobody"}));
    record.see("2026-11-23T07:00:01", 3, 230);
    CHECK(follower.next_line() == "30 more flows: fwlearn flows");
    for (int line = 0; line < 200; ++line) { // the newest
        CHECK(follower.next_line().starts_with("2026-11-23T07:00:01Z tcp/443 to 203.0.113."));
    }
    CHECK(follower.stop() == 0);
    CHECK(follower.next_line().empty());
    CHECK(nobodys.stop() == 0);
    CHECK(nobodys.next_line().empty());
    CHECK(record.run({"flows", "--follow", "--until", "now"}).status == 2);
}

TEST_CASE("who follows a record that nobody writes to is told so") {
    Record record;
    record.see("2026-11-23T07:00:00", 1);
    Follower follower(record.following({}), true);
    CHECK(follower.next_line() ==
          "fwlearn: nobody observes into this record, so that nothing new comes until somebody does: "
          "systemctl start fwlearn-observe");
    CHECK(follower.next_line().starts_with("2026-11-23T07:00:00Z tcp/443 to 203.0.113.1 "));
    auto quietly = record.following({});
    quietly.insert(quietly.begin(), "--quiet");
    Follower quiet(quietly, true);
    CHECK(quiet.next_line().starts_with("2026-11-23T07:00:00Z tcp/443 to 203.0.113.1 "));
}

TEST_CASE("who follows for hours keeps but the flows of the last minute in mind, and passes them over") {
    const auto start = *model::parse_rfc3339("2026-11-28T05:00:00Z");
    std::optional<FlowPosition> position;
    model::Record seen;
    seen.flows.resize(1);
    auto& flow = seen.flows.front();
    for (int second = 0; second < 7200; ++second) {
        const auto now = start + std::chrono::seconds(second);
        flow.counts.last_seen = now;
        position = cli::next_position(seen, position, std::nullopt, {now, 1h + std::chrono::seconds(second)});
        CHECK(position->has(flow, seen.identities));
        flow.counts.last_seen = std::max(start, now - 59s);
        CHECK(position->has(flow, seen.identities));
    }
    CHECK(position->told.size() == 60);
    flow.counts.last_seen = start + 7199s + 1ms;
    CHECK_FALSE(position->has(flow, seen.identities));
}
