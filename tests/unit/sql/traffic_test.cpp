// Packets and bytes have a table of their own: is there a row where something was counted, and only there,
// and does every reader find it?
#include "keeping.hpp"
#include "migrate.hpp"

#include <sql/purge.hpp>
#include <sql/totals.hpp>

#include <SQLiteCpp/Statement.h>
#include <doctest/doctest.h>

using namespace fwlearn::sql;
using namespace fwlearn::sql::test;

namespace {

/// One flow with this many packets and bytes in both directions.
FlowDelta counted(std::uint32_t address, Timestamp time, std::uint64_t packets) {
    auto delta = delta_to(address, time);
    delta.counts.packets_out = packets;
    delta.counts.bytes_out = 100 * packets;
    delta.counts.packets_in = 2 * packets;
    delta.counts.bytes_in = 300 * packets;
    return delta;
}

void write(const std::filesystem::path& path, const std::vector<std::vector<FlowDelta>>& batches) {
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    for (const auto& flows : batches) {
        Batch batch;
        batch.flows = flows;
        writer.commit(batch, {}, at(1));
    }
}

std::int64_t number(const std::filesystem::path& path, const std::string& query) {
    SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
    return database.execAndGet(query).getInt64();
}

void change(const std::filesystem::path& path, const std::string& statements) {
    SQLite::Database database(path.string(), SQLite::OPEN_READWRITE);
    database.exec(statements);
}

/// The packets and bytes of `flows`, one after the other.
std::vector<std::uint64_t> traffic_of(const std::vector<Flow>& flows) {
    std::vector<std::uint64_t> all;
    for (const auto& flow : flows) {
        const auto& counts = flow.counts;
        for (const auto sum : {counts.packets_out, counts.bytes_out, counts.packets_in, counts.bytes_in}) {
            all.push_back(sum);
        }
    }
    return all;
}

} // namespace

TEST_CASE("only what was counted takes a row, and any of the four does") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    std::vector<FlowDelta> flows;
    for (std::uint32_t address = 0; address < 5; ++address) {
        flows.push_back(delta_to(address, at(0)));
    }
    flows[1].counts.packets_out = 1;
    flows[2].counts.bytes_out = 2;
    flows[3].counts.packets_in = 3;
    flows[4].counts.bytes_in = 4;
    write(path, {flows});
    CHECK(number(path, "SELECT count(*) FROM flow_hours") == 5);
    CHECK(number(path, "SELECT count(*) FROM flow_traffic") == 4);
    CHECK(traffic_of(Reader(path).read().flows) ==
          std::vector<std::uint64_t>{0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4});
    CHECK(integrity(path) == "ok");
}

TEST_CASE(
    "what is counted later is added to its hour, and found over all hours, in a range and by the views") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    const auto hour = [](int count) { return at(std::int64_t{count} * 3600); };
    write(path, {{delta_to(1, hour(0)), delta_to(2, hour(0)), counted(1, hour(1), 10)},
                 {counted(1, hour(0), 1), counted(2, hour(2), 100)},
                 {delta_to(1, hour(1)), counted(1, hour(1), 1000)}});
    CHECK(number(path, "SELECT count(*) FROM flow_traffic") == 3);
    const Reader reader(path);
    CHECK(traffic_of(reader.read().flows) ==
          std::vector<std::uint64_t>{1011, 101100, 2022, 303300, 100, 10000, 200, 30000});
    CHECK(traffic_of(reader.read({hour(1), hour(2)}).flows) ==
          std::vector<std::uint64_t>{1010, 101000, 2020, 303000, 100, 10000, 200, 30000});
    CHECK(read_totals(path).bytes_in == 333300);
    CHECK(number(path, "SELECT sum(packets_out * 1000000 + bytes_in) FROM v_flows") == 1111333300);
    CHECK(number(path, "SELECT sum(bytes_out * 1000000 + bytes_in) FROM v_destinations") == 111100333300);
}

TEST_CASE("where nothing was counted the views say nought, as they did") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    write(path, {{delta_to(1, at(0))}});
    CHECK(number(path, "SELECT count(*) FROM v_flows WHERE packets_out = 0 AND bytes_out = 0 AND "
                       "packets_in = 0 AND bytes_in = 0") == 1);
    CHECK(number(path, "SELECT count(*) FROM v_destinations WHERE bytes_out = 0 AND bytes_in = 0") == 1);
}

TEST_CASE("a record of schema 8 keeps every hour and what was counted in it, and can be added to") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    const auto before = migrations().first(8);
    {
        SQLite::Database old(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        for (const char* const statements : before) {
            old.exec(statements);
        }
        old.exec("PRAGMA application_id = " + std::to_string(application_id) + "; PRAGMA user_version = 8");
        // Three hundred keys in ten hours; two of three without traffic, one in nine with bytes alone.
        old.exec(
            "WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 300) "
            "INSERT INTO flows SELECT n, 0, 0, 0, 0, 2, 33, 33, 0, 0, 0, 0, 0, 6, x'c0000201', n, 500009 "
            "FROM k;"
            "WITH RECURSIVE h(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM h WHERE n < 9) "
            "INSERT INTO flow_hours SELECT id, 500000 + n, id, n, 3, 4, 5, "
            "CASE WHEN (id + n) % 9 = 0 THEN id + n ELSE 0 END, CASE WHEN (id + n) % 3 = 0 THEN id * n ELSE "
            "0 END, CASE WHEN (id + n) % 9 = 0 THEN 7 * n ELSE 0 END, CASE WHEN (id + n) % 9 = 0 THEN 11 "
            "ELSE 0 END, nullif(n, 2), 8 FROM flows, h;"
            "UPDATE flow_hours SET bytes_in = 9223372036854775807 WHERE flow_id = 1 AND hour = 500001;");
    }
    const std::string of_a_row = "flow_id, hour, count, answered, refused, unanswered, already_open, "
                                 "ifnull(first_seen, -1), last_seen, ";
    const auto lines = [&path](const std::string& columns, const std::string& table) {
        SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
        SQLite::Statement query(database, "SELECT " + columns + " FROM " + table + " ORDER BY hour, flow_id");
        std::vector<std::string> all;
        while (query.executeStep()) {
            auto& line = all.emplace_back();
            for (int column = 0; column < query.getColumnCount(); ++column) {
                line += query.getColumn(column).getString() + " ";
            }
        }
        return all;
    };
    const auto rows = lines(of_a_row + "packets_out, bytes_out, packets_in, bytes_in", "flow_hours");
    const auto with_traffic = number(path, "SELECT count(*) FROM flow_hours WHERE packets_out <> 0 OR "
                                           "bytes_out <> 0 OR packets_in <> 0 OR bytes_in <> 0");
    { const Writer upgrade(path); }
    CHECK(std::filesystem::exists(directory / "flows.db.v8.bak"));
    REQUIRE(rows.size() == 3000);
    CHECK(lines(of_a_row + "ifnull(packets_out, 0), ifnull(bytes_out, 0), ifnull(packets_in, 0), "
                           "ifnull(bytes_in, 0)",
                "flow_hours LEFT JOIN flow_traffic USING (hour, flow_id)") == rows);
    CHECK(with_traffic > 0);
    CHECK(number(path, "SELECT count(*) FROM flow_traffic") == with_traffic);
    CHECK(number(path, "SELECT count(*) FROM pragma_foreign_key_check") == 0);
    CHECK(integrity(path) == "ok");
    CHECK(Reader(path).read().flows.size() == 300);
    {
        Writer writer(path);
        writer.begin_observation(kernel_observation(at(0)));
        Batch batch;
        batch.flows = {counted(0xc0000201, Timestamp(Hour(std::chrono::hours(500001))), 5)};
        batch.flows[0].key.destination.service.detail = 1;
        writer.commit(batch, {}, at(1));
    }
    CHECK(number(path, "SELECT bytes_in FROM flow_traffic WHERE flow_id = 1 AND hour = 500001") ==
          std::numeric_limits<std::int64_t>::max());
    CHECK(number(path, "SELECT count FROM flow_hours WHERE flow_id = 1 AND hour = 500001") == 2);
}

TEST_CASE("what is counted of no row is damage, wherever it lies, and said by who reads it") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    const auto hour = hour_of(at(0)).time_since_epoch().count();
    write(path, {{counted(1, at(0), 1), counted(2, at(0), 2), delta_to(3, at(0))}});
    CHECK_NOTHROW(static_cast<void>(Reader(path).read()));
    std::string wrong;
    SUBCASE("before all rows") {
        wrong = "INSERT INTO flow_traffic VALUES (0, 1, 1, 1, 1, 1)";
    }
    SUBCASE("after all rows") {
        wrong = "INSERT INTO flow_traffic VALUES (" + std::to_string(hour + 1) + ", 1, 1, 1, 1, 1)";
    }
    SUBCASE("between them") {
        wrong = "DELETE FROM flow_hours WHERE flow_id = 2";
    }
    SUBCASE("of no flow") {
        wrong = "INSERT INTO flow_traffic VALUES (" + std::to_string(hour) + ", 77, 1, 1, 1, 1)";
    }
    SUBCASE("less than nothing") {
        wrong = "UPDATE flow_traffic SET bytes_out = -1 WHERE flow_id = 1";
    }
    change(path, wrong);
    const std::string damaged = "the record holds a value that fwlearn never writes";
    CHECK(error_of([&] { static_cast<void>(Reader(path).read()); }).find(damaged) != std::string::npos);
    CHECK(error_of([&] { static_cast<void>(read_totals(path)); }).find(damaged) != std::string::npos);
}

TEST_CASE(
    "a purge takes what was counted with its hours, step by step, and leaves no reader without either") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    std::vector<std::vector<FlowDelta>> batches;
    for (int hour = 0; hour < 4; ++hour) {
        auto& batch = batches.emplace_back();
        for (std::uint32_t key = 0; key < 4000; ++key) {
            const auto time = at(std::int64_t{hour} * 3600);
            batch.push_back(key % 2 == 0 ? counted(key, time, 1) : delta_to(key, time));
        }
    }
    write(path, batches);
    Purge work(path, {.before = at(std::int64_t{3} * 3600)});
    const auto orphans = "SELECT count(*) FROM flow_traffic WHERE (hour, flow_id) NOT IN (SELECT hour, "
                         "flow_id FROM flow_hours)";
    // Those that are there have their traffic: half of them, each with what counted() gives them.
    const auto halves = "SELECT (SELECT count(*) FROM flow_hours WHERE flow_id % 2 = 1) - "
                        "(SELECT count(*) FROM flow_traffic)";
    while (work.step()) {
        CHECK(number(path, orphans) == 0);
        CHECK(number(path, halves) == 0);
    }
    CHECK(work.purged().hours == 3 * 4000);
    CHECK(number(path, "SELECT count(*) FROM flow_traffic") == 2000);
    CHECK(read_totals(path).packets_out == 2000);
}
