#include "support.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

using namespace fwlearn::sql;
using namespace fwlearn::sql::test;

TEST_CASE("the time after a killed observation is a gap from when it was last alive") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    {
        Writer writer(path);
        writer.begin_observation(kernel_observation(at(0)));
        writer.commit({}, {}, at(20));
    }
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(50)));
    const Record record = Reader(path).read();
    REQUIRE(record.observations.size() == 2);
    CHECK_FALSE(record.observations[0].ended.has_value());
    REQUIRE(record.gaps.size() == 1);
    CHECK(record.gaps[0] == CaptureGap{at(20), at(50), GapReason::not_running, std::nullopt});
}

TEST_CASE("the time after a clean end is a gap, and no time is none") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Writer writer(path);
    for (const std::int64_t start : {0, 10, 30}) {
        writer.begin_observation(kernel_observation(at(start)));
        writer.end_observation(at(start + 10));
    }
    const Record record = Reader(path).read();
    REQUIRE(record.gaps.size() == 1);
    CHECK(record.gaps[0] == CaptureGap{at(20), at(30), GapReason::not_running, std::nullopt});
}

TEST_CASE("counters are the newest kernel observation's") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Writer writer(path);
    const std::vector<std::pair<std::string, std::uint64_t>> first = {{"packets", 1}};
    const std::vector<std::pair<std::string, std::uint64_t>> second = {{"packets", 2}};
    writer.begin_observation(kernel_observation(at(0)));
    writer.set_counters(first);
    writer.begin_observation(kernel_observation(at(10)));
    writer.set_counters(second);
    CHECK(Reader(path).counters() == second);
}

TEST_CASE("a file is imported once, whole, and beside a running collector") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Writer collector(path);
    collector.begin_observation(kernel_observation(at(0)));
    Writer importer(path, WriterRole::importer);
    Observation imported;
    imported.source = ObservationSource::zeek;
    imported.started = at(-500);
    imported.last_alive = at(-400);
    imported.ended = at(-400);
    Batch batch;
    batch.flows = {delta_to(1, at(-450))};
    const std::string sha256(64, 'a');
    CHECK_FALSE(importer.already_imported(sha256));
    importer.import(imported, batch, {}, sha256, ForeignText("conn\n.log"), at(5));
    CHECK(importer.already_imported(sha256));
    const std::string refused =
        error_of([&] { importer.import(imported, batch, {}, sha256, ForeignText("conn\n.log"), at(6)); });
    CHECK(refused.find("conn\\x0A.log is in ") == 0);
    collector.commit(batch, {}, at(7));
    const Record record = Reader(path).read();
    REQUIRE(record.observations.size() == 2);
    CHECK(record.observations[1] == imported);
    REQUIRE(record.flows.size() == 1);
    CHECK(record.flows[0].counts.count == 2);
    CHECK(record.gaps.empty()); // an imported file is no time of this host's collector
}

TEST_CASE("only one collector at a time writes to a record") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    {
        const Writer first(path);
        const std::string refused = error_of([&] { const Writer second(path); });
        CHECK(refused.find("another collector (pid " + std::to_string(::getpid()) + ")") == 0);
        CHECK(Reader(path).collector_pid() == static_cast<std::uint32_t>(::getpid()));
    }
    CHECK_FALSE(Reader(path).collector_pid().has_value());
    // What is no file nobody waits for.
    std::filesystem::remove(path.string() + ".lock");
    REQUIRE(::mkfifo((path.string() + ".lock").c_str(), 0600) == 0);
    CHECK_FALSE(Reader(path).collector_pid().has_value());
    CHECK(error_of([&] { const Writer next(path); }).empty());
}
