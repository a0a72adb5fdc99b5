#include "support.hpp"

#include <model/gap_reasons.hpp>
#include <model/vocabulary.hpp>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <doctest/doctest.h>

using namespace fwlearn::sql;
using namespace fwlearn::sql::test;

namespace {

std::string only(SQLite::Database& database, const std::string& query) {
    return database.execAndGet(query).getString();
}

/// One of every enumerator that the views spell out.
void write_all_words(const std::filesystem::path& path) {
    Writer writer(path);
    Identities identities;
    identities.name_user(33, ForeignText("www-data"));
    Batch batch;
    for (std::uint32_t kind = 0; kind <= static_cast<std::uint32_t>(TaskKind::kernel); ++kind) {
        batch.flows.push_back(delta_to(0xc0000200 + kind, at(kind)));
        batch.flows.back().key.task = identities.add({static_cast<TaskKind>(kind), ForeignText("t\x1b[31m")});
        batch.flows.back().key.attribution = static_cast<Attribution>(kind % 3);
        batch.flows.back().key.owner.kind = static_cast<OwnerKind>(kind % 3);
        batch.flows.back().key.verdict = static_cast<FlowVerdict>(kind % 3);
    }
    for (std::uint8_t source = 0; source <= static_cast<std::uint8_t>(BindingSource::dns_process); ++source) {
        batch.names.push_back({Address::v4(0xc0000200),
                               ForeignText("n" + std::to_string(source)),
                               {},
                               static_cast<BindingSource>(source),
                               at(0),
                               at(1),
                               1});
    }
    batch.configured.emplace();
    for (std::uint8_t kind = 0; kind <= static_cast<std::uint8_t>(ConfiguredKind::static_name); ++kind) {
        batch.configured->push_back({static_cast<ConfiguredKind>(kind), ForeignText("f"), 1, {}, {}, {}});
    }
    batch.schedules.emplace();
    for (std::uint8_t kind = 0; kind <= static_cast<std::uint8_t>(ScheduleKind::at); ++kind) {
        Schedule schedule;
        schedule.kind = static_cast<ScheduleKind>(kind);
        schedule.state = static_cast<ScheduleState>(kind % 3);
        batch.schedules->push_back(schedule);
    }
    for (std::uint8_t reason = 0; reason <= static_cast<std::uint8_t>(last_gap_reason); ++reason) {
        batch.gaps.push_back({at(0), at(1), static_cast<GapReason>(reason), 1});
    }
    writer.begin_observation(kernel_observation(at(0)));
    writer.commit(batch, identities, at(5));
    for (const auto source : {ObservationSource::zeek, ObservationSource::jsonl}) {
        Observation observation = kernel_observation(at(0));
        observation.source = source;
        writer.begin_observation(observation);
    }
}

template <typename Enum>
std::string words_of(std::uint8_t count) {
    std::vector<std::string> words;
    for (std::uint8_t value = 0; value < count; ++value) {
        words.emplace_back(to_word(static_cast<Enum>(value)));
    }
    std::sort(words.begin(), words.end());
    std::string all;
    for (const std::string& word : words) {
        all += (all.empty() ? "" : ",") + word;
    }
    return all;
}

std::string words_in(SQLite::Database& database, const std::string& column, const std::string& view) {
    return only(database, "SELECT group_concat(word) FROM (SELECT DISTINCT " + column + " AS word FROM " +
                              view + " ORDER BY 1)");
}

} // namespace

TEST_CASE("the views use the program's words") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    write_all_words(path);
    SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
    CHECK(words_in(database, "task_kind", "v_flows") == words_of<TaskKind>(7));
    CHECK(words_in(database, "attribution", "v_flows") == words_of<Attribution>(3));
    CHECK(words_in(database, "owner", "v_flows") == words_of<OwnerKind>(3));
    CHECK(words_in(database, "verdict", "v_flows") == words_of<FlowVerdict>(3));
    CHECK(only(database,
               "SELECT sum(denied) || ' ' || sum(shadowed) || ' ' || sum(count) FROM v_destinations") ==
          "2 2 7");
    CHECK(words_in(database, "source", "v_observations") == words_of<ObservationSource>(3));
    constexpr auto reasons = static_cast<std::uint8_t>(static_cast<unsigned>(last_gap_reason) + 1);
    CHECK(words_in(database, "reason", "v_gaps") == words_of<GapReason>(reasons));
    CHECK(words_in(database, "source", "v_names") == words_of<BindingSource>(5));
    CHECK(words_in(database, "kind", "v_configured") == words_of<ConfiguredKind>(7));
    CHECK(words_in(database, "kind", "v_schedules") == words_of<ScheduleKind>(6));
    CHECK(words_in(database, "state", "v_schedules") == words_of<ScheduleState>(3));
}

TEST_CASE("the views spell addresses, protocols and times as the program does, and no control byte") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Batch batch;
    for (const int number : {0, 1, 2, 6, 17, 33, 47, 50, 51, 58, 89, 132, 136}) {
        batch.flows.push_back(delta_to(0xff0a9f00, at(0) + std::chrono::milliseconds(7)));
        batch.flows.back().key.destination.service.protocol.number = static_cast<std::uint8_t>(number);
    }
    batch.flows.push_back(delta_to(0, at(0)));
    batch.flows.back().key.destination = {Service::icmp(protocol::icmpv6, 128, 3),
                                          *Address::parse("2001:db8::a:1")};
    batch.names.push_back({Address::v4(0xff0a9f00), ForeignText("e\x1b[2J"), {}, {}, at(0), at(0), 1});
    batch.configured = {
        {ConfiguredKind::static_name, ForeignText("\x1b"), 1, {}, Address::parse("2001:db8::1"), {}},
        {ConfiguredKind::static_name, ForeignText("/etc/hosts"), 1, ForeignText("a.example"), {}, {}}};
    batch.programs = {{ForeignText("/tmp/\x1b"), 33U, true, false, ForeignText("p\n")}};
    Identities identities;
    identities.name_user(33, ForeignText("www-data"));
    Schedule schedule;
    schedule.task = {TaskKind::cron, ForeignText("\x1b")};
    schedule.file = schedule.command = schedule.when = schedule.time_zone = ForeignText("\x1b");
    schedule.next_run = at(0);
    batch.schedules = {schedule};
    batch.runs = {{identities.add(schedule.task), hour_of(at(0)), (std::uint64_t{1} << 59U) | 1U, 0, 1U}};
    {
        Writer writer(path);
        writer.begin_observation(kernel_observation(at(0)));
        writer.commit(batch, identities, at(1));
    }
    SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
    SQLite::Statement protocols(database,
                                "SELECT f.protocol, v.protocol, v.address, v.first_seen, v.names FROM "
                                "v_flows AS v JOIN flows AS f ON f.id = flow_id "
                                "WHERE length(f.address) = 4");
    while (protocols.executeStep()) {
        const Protocol protocol{static_cast<std::uint8_t>(protocols.getColumn(0).getInt())};
        CHECK(protocols.getColumn(1).getString() == protocol.name());
        CHECK(protocols.getColumn(2).getString() == "255.10.159.0");
        CHECK(protocols.getColumn(3).getString() == to_rfc3339(at(0) + std::chrono::milliseconds(7)));
        CHECK(protocols.getColumn(4).getString() == "x'651B5B324A'");
    }
    CHECK(only(database,
               "SELECT address || ' ' || icmp_type || ' ' || icmp_code FROM v_flows WHERE address LIKE "
               "'2001%'") == "2001:0db8:0000:0000:0000:0000:000a:0001 128 3");
    CHECK(only(database, "SELECT count(*) FROM v_destinations") == "14");
    CHECK(only(database, "SELECT group_concat(file || ' ' || ifnull(address, '-')) FROM v_configured") ==
          "x'1B' 2001:0db8:0000:0000:0000:0000:0000:0001,/etc/hosts -");
    CHECK(only(database,
               "SELECT path || ' ' || owner || ' ' || user || ' ' || writable_by_others || ' ' || in_home || "
               "' ' || package FROM v_program_files") == "x'2F746D702F1B' 33 www-data 1 0 x'700A'");
    CHECK(only(database, "SELECT task || file || command || expression || time_zone || next_run FROM "
                         "v_schedules") == "x'1B'x'1B'x'1B'x'1B'x'1B'" + to_rfc3339(at(0)));
    const auto hour = to_rfc3339(hour_of(at(0))).substr(0, 14);
    CHECK(only(database, "SELECT group_concat(task_kind || ' ' || task || ' ' || started || ' ' || "
                         "ifnull(outcome, '-')) FROM "
                         "v_task_runs") == "cron x'1B' " + hour + "00Z failed,cron x'1B' " + hour + "59Z -");
}
