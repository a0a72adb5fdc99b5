// Does what is too old go, with all that only it referred to, and nothing else, whatever the clock does?
#include "keeping.hpp"
#include "migrate.hpp"
#include "reckoning.hpp"
#include "small_disk.hpp"

#include <sql/purge.hpp>

#include <SQLiteCpp/Statement.h>
#include <doctest/doctest.h>
#include <sqlite3.h>

using namespace fwlearn::sql;
using namespace fwlearn::sql::test;
using namespace std::chrono_literals;

namespace {

Purged purge(const std::filesystem::path& path, PurgeOptions options) {
    Purge work(path, options);
    while (work.step()) {
    }
    return work.purged();
}

std::int64_t rows_of(const std::filesystem::path& path, const std::string& table) {
    SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
    return database.execAndGet("SELECT count(*) FROM " + table).getInt64();
}

/// One key an hour, each of a process, a task, an interface and a name of its own; one key that is always
/// there, of the first process.
void write_hours(Writer& writer, std::uint32_t hours) {
    Identities identities;
    const auto number = [](const char* what, std::uint32_t hour) {
        return ForeignText(what + std::to_string(hour));
    };
    for (std::uint32_t hour = 0; hour < hours; ++hour) {
        const auto time = at(std::int64_t{hour} * 3600);
        Batch batch;
        batch.flows = {delta_to(hour, time), delta_to(0xffffffff, time)};
        Process process;
        process.exe = number("/usr/bin/program", hour);
        batch.flows[0].counts.packets_out = 1;
        auto& key = batch.flows[0].key;
        key.process = identities.add(process);
        key.task = identities.add({TaskKind::cron, number("job", hour)});
        key.interface = identities.add_interface(number("eth", hour));
        key.name = identities.add_name(number("name", hour));
        process.exe = number("/usr/bin/program", 0);
        batch.flows[1].key.process = identities.add(process);
        NameBinding binding;
        binding.address = Address::v4(hour);
        binding.name = number("name", hour);
        binding.first_seen = binding.last_seen = time;
        batch.names = {binding};
        batch.gaps = {{time, time + 1s, GapReason::nflog_overrun, 1}};
        batch.runs = {{key.task, hour_of(time), 1}};
        writer.commit(batch, identities, time);
    }
}

} // namespace

TEST_CASE("what is older than a time goes, with what only it referred to; the rest stays as it was") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    constexpr std::uint32_t hours = 100;
    constexpr std::uint32_t gone = 60;
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    write_hours(writer, hours);
    const TimeRange kept{Timestamp(hour_of(at(std::int64_t{gone} * 3600))), std::nullopt};
    const Record before = Reader(path).read(kept);
    // Within an hour: that hour is not over, and stays, with the names and gaps of its flows.
    const auto within = *kept.since + 59min + 59s;
    const auto purged = purge(path, {.before = within});
    CHECK(purged.hours == 3 * gone);
    CHECK(purged.flows == gone);
    CHECK(purged.names == gone);
    CHECK(purged.identities == 4 * gone - 1); // the first process has the key that is always there
    CHECK(purged.others == gone);             // gaps
    CHECK(rows_of(path, "flow_hours") == 2 * (hours - gone));
    CHECK(rows_of(path, "flow_traffic") == hours - gone);
    CHECK(rows_of(path, "flows") == hours - gone + 1);
    CHECK(rows_of(path, "processes") == hours - gone + 2);
    CHECK(rows_of(path, "names") == hours - gone + 1);
    CHECK(integrity(path) == "ok");
    const Record after = Reader(path).read(kept);
    REQUIRE(after.flows.size() == before.flows.size());
    for (std::size_t index = 0; index < after.flows.size(); ++index) {
        CHECK(after.flows[index].counts == before.flows[index].counts);
        CHECK(after.flows[index].hours == before.flows[index].hours);
        CHECK(after.identities.process(after.flows[index].key.process) ==
              before.identities.process(before.flows[index].key.process));
    }
    // Time of which nothing is kept was not observed, as far as anybody can tell.
    REQUIRE(after.observations.size() == 1);
    CHECK(after.observations[0].started == *kept.since);
    CHECK(purge(path, {.before = within}).rows() == 0);
    // The writer remembers rows that are gone, and writes the same again.
    write_hours(writer, hours);
    CHECK(integrity(path) == "ok");
    CHECK(rows_of(path, "flows") == hours + 1);
    CHECK(Reader(path).read().flows.size() == hours + 1);
}

TEST_CASE("everything can go: beside a collector all but what it says once, else all") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    {
        Writer writer(path);
        writer.begin_observation(kernel_observation(at(0)));
        Batch batch;
        batch.configured = std::vector<Configured>(1);
        writer.commit(batch, {}, at(0));
        write_hours(writer, 10);
        purge(path, {.shrink = true});
        CHECK(Reader(path).read().flows.empty());
        CHECK(rows_of(path, "observations") == 1);
        CHECK(rows_of(path, "configured") == 1);
        write_hours(writer, 10);
        CHECK(rows_of(path, "flows") == 11);
    }
    purge(path, {.beside_collector = false, .shrink = true});
    for (const char* const table : {"observations", "gaps", "flows", "flow_hours", "flow_traffic", "names",
                                    "name_bindings", "configured", "task_runs"}) {
        CAPTURE(table);
        CHECK(rows_of(path, table) == (std::string(table) == "names" ? 1 : 0));
    }
    CHECK(integrity(path) == "ok");
}

TEST_CASE("copies from before an upgrade go when they are older than what is purged; damaged records stay") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    { const Writer writer(path); }
    const auto hour = std::filesystem::file_time_type::clock::now() - 1h;
    const auto put = [&](const std::string& name, std::filesystem::file_time_type written) {
        write_bytes(directory / name, "a copy");
        std::filesystem::last_write_time(directory / name, written);
        return directory / name;
    };
    const auto older = put("flows.db.v1.bak", hour - 100h);
    const auto cut_short = put("flows.db.v1.bak.new", hour - 100h);
    const auto newer = put("flows.db.v2.bak", hour);
    const auto damaged = put("flows.db.corrupt-20261126T081435Z", hour - 100h);
    const auto of_another = put("other.db.v1.bak", hour - 100h);
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    purge(path, {.before = now - 50h});
    CHECK_FALSE(std::filesystem::exists(older));
    CHECK_FALSE(std::filesystem::exists(cut_short));
    CHECK(copies_beside(path) == std::vector{damaged, newer});
    purge(path, {});
    CHECK(copies_beside(path) == std::vector{damaged});
    CHECK(std::filesystem::exists(of_another));
}

TEST_CASE("a purge on a full disk takes the room that is set apart") {
    if (!may_mount()) {
        return;
    }
    const SmallDisk disk(16);
    const auto path = disk / "flows.db";
    {
        Keeping keeping(path, {.reserve = std::uint64_t{1} << 20U});
        // Keys that lie apart in all indexes: each that goes takes pages of the log of its own.
        for (std::uint32_t key = 0; key < 20'000; ++key) {
            keeping.pending().flows.push_back(delta_to(key * 2654435761U, keeping.now().wall));
        }
        REQUIRE(keeping.second(1));
        keeping.keeper().end_observation(keeping.now());
    }
    const auto reserve = path.string() + ".reserve";
    REQUIRE(std::filesystem::exists(reserve));
    disk.fill();
    PurgeOptions options{.beside_collector = false, .shrink = true};
    SUBCASE("when nobody has used it up yet") {}
    SUBCASE("or makes do with the room that the log has") {
        std::filesystem::remove(reserve);
        write_bytes(path.string() + "-wal", std::string(std::size_t{20} * 4096, '\0')); // no frame is in it
        disk.fill();
    }
    CHECK(purge(path, options).flows == 20'001);
    CHECK(Reader(path).read().flows.empty());
    CHECK_FALSE(std::filesystem::exists(reserve));
    CHECK(integrity(path) == "ok");
}

TEST_CASE("what a purge that was cut short left of names and processes the next one takes") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    {
        Writer writer(path);
        writer.begin_observation(kernel_observation(at(0)));
        write_hours(writer, 10);
    }
    {
        Purge work(path, {.beside_collector = false, .shrink = true});
        while (rows_of(path, "flows") > 0 || rows_of(path, "name_bindings") > 0) {
            REQUIRE(work.step());
        }
    }
    REQUIRE(rows_of(path, "processes") > 1);
    purge(path, {.beside_collector = false, .shrink = true});
    for (const char* const table : {"processes", "tasks", "interfaces", "names"}) {
        CAPTURE(table);
        CHECK(rows_of(path, table) <= 1);
    }
}

TEST_CASE("a gap that reaches into what is purged is as long as what is left of it") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    {
        Writer writer(path);
        writer.begin_observation(kernel_observation(at(0)));
        Batch batch;
        batch.gaps = {{at(3600), at(5 * 3600), GapReason::nflog_overrun, 1}};
        writer.commit(batch, {}, at(10 * 3600));
    }
    purge(path, {.before = at(4 * 3600)});
    const auto record = Reader(path).read();
    const auto from = Timestamp(hour_of(at(4 * 3600)));
    REQUIRE(record.gaps.size() == 1);
    CHECK(record.gaps[0].started == from);
    CHECK(record.gaps[0].ended == at(5 * 3600));
    CHECK(record.observations.at(0).started == from);
}

TEST_CASE("what a collector writes between any two steps of a purge of everything is whole") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    write_hours(writer, 10);
    Purge work(path, {});
    std::uint32_t steps = 0;
    for (bool more = true; more; ++steps) {
        more = work.step();
        CHECK_NOTHROW(static_cast<void>(Reader(path).read()));
        Batch batch;
        batch.flows = {delta_to(0xffffffff, at(0)), delta_to(1000 + steps, at(0))};
        batch.flows[1].counts.bytes_out = 1;
        writer.commit(batch, {}, at(0));
        CHECK_NOTHROW(static_cast<void>(Reader(path).read()));
    }
    CHECK(steps > 5);
    CHECK(integrity(path) == "ok");
}

TEST_CASE("after a purge the file shrinks, also one from before it could") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    SUBCASE("a new one") {}
    SUBCASE("one of schema 6") {
        SQLite::Database old(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        old.exec("PRAGMA journal_mode = WAL");
        for (const char* const statements : migrations().first(6)) {
            old.exec(statements);
        }
        old.exec("PRAGMA application_id = " + std::to_string(application_id) + "; PRAGMA user_version = 6");
        CHECK(old.execAndGet("PRAGMA auto_vacuum").getInt() == 0);
    }
    {
        Writer writer(path);
        writer.begin_observation(kernel_observation(at(0)));
        Batch batch;
        for (std::uint32_t key = 0; key < 20'000; ++key) {
            batch.flows.push_back(delta_to(key, at(0)));
        }
        writer.commit(batch, {}, at(0));
    }
    const auto full = std::filesystem::file_size(path);
    purge(path, {.before = at(24 * 3600), .beside_collector = false, .shrink = true});
    CHECK(std::filesystem::file_size(path) < full / 5);
    CHECK(std::filesystem::file_size(path.string() + "-wal") == 0);
    CHECK(integrity(path) == "ok");
}

TEST_CASE("keys of a record of schema 6 are known by their newest hour when it is upgraded") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    {
        SQLite::Database old(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        for (const char* const statements : migrations().first(6)) {
            old.exec(statements);
        }
        old.exec("PRAGMA application_id = " + std::to_string(application_id) + "; PRAGMA user_version = 6");
        for (const char* const key : {"1", "2"}) {
            old.exec(std::string("INSERT INTO flows VALUES (") + key +
                     ", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, x'0a000001', " + key + ")");
        }
        for (const char* const row : {"1, 5", "1, 9", "2, 7"}) {
            old.exec(std::string("INSERT INTO flow_hours VALUES (") + row +
                     ", 1, 1, 0, 0, 0, 0, 0, 0, 0, NULL, NULL)");
        }
    }
    { const Writer upgrade(path); }
    SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
    CHECK(database.execAndGet("SELECT group_concat(last_hour) FROM flows ORDER BY id").getString() == "9,7");
}

TEST_CASE("the reckoning follows the host's clock, and never runs ahead of what the record has lived") {
    CHECK(reckoned_after(at(0), at(10), 10s) == at(10));
    CHECK(reckoned_after(at(0), at(15), 10s) == at(15));   // comes up with it
    CHECK(reckoned_after(at(0), at(1000), 10s) == at(20)); // and not at once
    CHECK(reckoned_after(at(0), at(-1000), 10s) == at(0)); // a clock that is set back
    CHECK(reckoned_after(at(0), at(10LL * 365 * 86400), 24h) == at(2 * 86400));
}

TEST_CASE("the collector deletes what is older than is kept, at its start and every hour") {
    const TemporaryDirectory directory;
    Keeping keeping(directory / "flows.db", {.keep = 24h, .reserve = small_reserve});
    for (int hour = 0; hour < 72; ++hour) {
        keeping.pass(3600);
        for (int second = 0; second < 20; ++second) {
            REQUIRE(keeping.second(static_cast<std::uint32_t>(hour)));
        }
    }
    CHECK(keeping.said.empty());
    const auto rows = rows_of(keeping.path(), "flow_hours");
    CHECK(rows >= 24);
    CHECK(rows <= 26);
    CHECK(rows_of(keeping.path(), "flows") == rows);
    CHECK(integrity(keeping.path()) == "ok");
}

TEST_CASE("a clock that jumps ten years ahead deletes nothing, also not after a restart") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    constexpr std::int64_t ten_years = 10LL * 365 * 86400;
    {
        Keeping keeping(path, {.keep = 24h, .reserve = small_reserve});
        for (int second = 0; second < 30; ++second) {
            REQUIRE(keeping.second(static_cast<std::uint32_t>(second)));
        }
    }
    for (int restart = 0; restart < 3; ++restart) {
        // The monotonic clock begins anew with each process, and goes on by seconds.
        std::int64_t second = 0;
        const auto now = [&second] {
            return KeeperTime{at(ten_years + second),
                              std::chrono::steady_clock::time_point(std::chrono::seconds(second))};
        };
        Keeper keeper(
            path, {.keep = 24h, .reserve = small_reserve}, [](const std::string&) {}, now());
        keeper.begin_observation(kernel_observation(now().wall), now());
        for (; second < 4 * 3600; second += 60) {
            Batch batch;
            batch.flows = {delta_to(1000, now().wall)};
            REQUIRE(keeper.store(batch, {}, {}, now()));
        }
    }
    CHECK(rows_of(path, "flow_hours WHERE hour < 600000") >= 1);
    CHECK(Reader(path).read().flows.size() == 31);
}
