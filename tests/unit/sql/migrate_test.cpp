#include "migrate.hpp"
#include "support.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

using namespace fwlearn::sql;
using namespace fwlearn::sql::test;

namespace {

/// The schemas that this program knows, and one more.
std::vector<const char*> future(const char* next) {
    std::vector<const char*> known(migrations().begin(), migrations().end());
    known.push_back(next);
    return known;
}

void make_record(const std::filesystem::path& path) {
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    Batch batch;
    batch.flows = {delta_to(1, at(0))};
    writer.commit(batch, {}, at(1));
}

/// As Writer does it, with migrations of the test's.
void migrate_file(const std::filesystem::path& path, const std::vector<const char*>& known) {
    explaining(path, [&] {
        Connection connection = Connection::for_writing(path);
        connection.begin_writing();
        migrate(connection, known);
    });
}

} // namespace

TEST_CASE("an older record is copied beside itself before it is migrated") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    make_record(path);
    migrate_file(path, future("ALTER TABLE flows ADD COLUMN added INTEGER NOT NULL DEFAULT 7;"));
    const auto copy = directory / ("flows.db.v" + std::to_string(migrations().size()) + ".bak");
    CHECK(mode_of(copy) == 0600);
    CHECK(Reader(copy).read().flows.size() == 1);
    CHECK_FALSE(std::filesystem::exists(copy.string() + ".new"));
}

TEST_CASE("a newer record is refused by reader and writer, and left as it was") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    make_record(path);
    migrate_file(path, future("CREATE TABLE new (a);"));
    const std::string bytes = bytes_of(path);
    const std::string known = std::to_string(migrations().size());
    const std::string expected = "flows.db is from a newer fwlearn (schema " +
                                 std::to_string(migrations().size() + 1) + ", this one knows " + known +
                                 "): upgrade fwlearn";
    const std::string reading = error_of([&] { const Reader reader(path); });
    const std::string writing = error_of([&] { const Writer writer(path); });
    CHECK(reading.find(expected) != std::string::npos);
    CHECK(writing == reading);
    CHECK(bytes_of(path) == bytes);
}

TEST_CASE("a migration that fails leaves the older record whole") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    make_record(path);
    CHECK_FALSE(
        error_of([&] { migrate_file(path, future("CREATE TABLE new (a); DROP TABLE none;")); }).empty());
    CHECK(Reader(path).read().flows.size() == 1);
    CHECK(error_of([&] { const Writer writer(path); }).empty());
}

TEST_CASE("a file that was created and never filled becomes a record") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    write_bytes(path, "");
    make_record(path);
    CHECK(Reader(path).read().flows.size() == 1);
}

TEST_CASE("a record of schema 1 keeps its flows, and what it told apart by command line alone adds up") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    std::ofstream{path}; // an empty file is an empty database
    migrate_file(path, {migrations().front()});
    {
        SQLite::Database old(path.string(), SQLite::OPEN_READWRITE);
        old.exec("INSERT INTO processes VALUES (1, '/bin/a', 'a', 'a --now', '', 'a.service', 5),"
                 " (2, '/bin/a', 'b', 'a --later', '', 'a.service', 5);"
                 "INSERT INTO flows VALUES (1, 1, 0, 2, 2, 5, 5, 0, 0, 6, x'c0000201', 443),"
                 " (2, 2, 0, 2, 2, 5, 5, 0, 0, 6, x'c0000201', 443),"
                 " (3, 0, 0, 0, 2, 5, 5, 0, 0, 6, x'c0000202', 443);"
                 "INSERT INTO flow_hours VALUES (1, 500000, 2, 2, 0, 0, 0, 0, 0, 0, 0, 1, 2),"
                 " (2, 500000, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2), (2, 500001, 3, 3, 0, 0, 0, 0, 0, 0, 0, 1, "
                 "2), (3, 500000, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2);");
    }
    { const Writer writer(path); }
    CHECK(std::filesystem::exists(directory / "flows.db.v1.bak"));
    const Record record = Reader(path).read();
    REQUIRE(record.flows.size() == 2);
    const auto& both = record.flows[0].counts.count == 9 ? record.flows[0] : record.flows[1];
    CHECK(both.counts.count == 9);
    const Hour first(std::chrono::hours(500000));
    CHECK(both.hours == HourCounts{{first, 6, 2, 0}, {first + std::chrono::hours(1), 3, 3, 0}});
    CHECK(record.identities.process(both.key.process).exe.raw_bytes() == "/bin/a");
    CHECK(both.key.creator == ProcessId::unknown);
}

TEST_CASE("a record of before there were verdicts keeps its flows, their names and hours, as accepted ones") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    std::ofstream{path};
    const auto all = migrations();
    migrate_file(path, {all.begin(), all.begin() + 4});
    {
        SQLite::Database old(path.string(), SQLite::OPEN_READWRITE);
        old.exec("INSERT INTO names VALUES (1, 'a.example');"
                 "INSERT INTO flows VALUES (7, 0, 0, 0, 2, 2, 5, 5, 0, 1, 4, 0, 6, x'c0000201', 443);"
                 "INSERT INTO flow_hours VALUES (7, 500000, 2, 2, 0, 0, 0, 3, 4, 5, 6, 1, 2);");
    }
    {
        Writer writer(path);
        // The same key as before, and as one that was denied.
        Batch batch;
        Identities identities;
        auto delta = delta_to(0xc0000201, Timestamp(Hour(std::chrono::hours(500000))));
        delta.key.owner = SocketOwner::user(5, 5);
        delta.key.attribution = Attribution::exact;
        delta.key.name = identities.add_name(ForeignText("a.example"));
        delta.key.name_source = BindingSource::dns_process;
        batch.flows.push_back(delta);
        delta.key.verdict = FlowVerdict::denied;
        batch.flows.push_back(delta);
        writer.begin_observation(kernel_observation(at(0)));
        writer.commit(batch, identities, at(5));
    }
    const Record record = Reader(path).read();
    REQUIRE(record.flows.size() == 2);
    CHECK(record.flows[0].key.verdict == FlowVerdict::accepted);
    CHECK(record.flows[0].counts.count == 3);
    CHECK(record.flows[0].counts.packets_out == 3);
    CHECK(record.identities.name(record.flows[0].key.name) == ForeignText("a.example"));
    CHECK(record.flows[1].key.verdict == FlowVerdict::denied);
    CHECK(record.flows[1].counts.count == 1);
}
