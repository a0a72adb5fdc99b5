#include "support.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <doctest/doctest.h>

#include <algorithm>

using namespace fwlearn::sql;
using namespace fwlearn::sql::test;

namespace {

std::int64_t rows_of(const std::filesystem::path& path, const std::string& table) {
    SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
    return database.execAndGet("SELECT count(*) FROM " + table).getInt64();
}

} // namespace

TEST_CASE("a week of the same traffic grows by keys x hours, and flows not at all") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    constexpr std::uint32_t keys = 5;
    constexpr std::int64_t hours = 7 * 24;
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    const Timestamp start = Timestamp(hour_of(at(0)));
    for (std::int64_t minute = 0; minute < hours * 60; minute += 10) {
        Batch batch;
        const Timestamp now = start + std::chrono::minutes(minute);
        for (std::uint32_t key = 0; key < keys; ++key) {
            batch.flows.push_back(delta_to(key, now));
        }
        writer.commit(batch, {}, now);
    }
    CHECK(rows_of(path, "flows") == keys);
    CHECK(rows_of(path, "flow_hours") == keys * hours);
    const Record record = Reader(path).read();
    REQUIRE(record.flows.size() == keys);
    CHECK(record.flows[0].counts.count == hours * 6);
    CHECK(record.flows[0].hours.size() == hours);
    CHECK(std::ranges::all_of(record.flows[0].hours, [](const HourCount& one) { return one.count == 6; }));
}

TEST_CASE("a hundred thousand keys are more than what is remembered of them, and are all there") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    constexpr std::uint32_t keys = 100'000;
    Batch batch;
    for (std::uint32_t key = 0; key < keys; ++key) {
        batch.flows.push_back(delta_to(key, at(0)));
    }
    {
        Writer writer(path);
        writer.begin_observation(kernel_observation(at(0)));
        writer.commit(batch, {}, at(1));
        writer.commit(batch, {}, at(2));
    }
    CHECK(rows_of(path, "flows") == keys);
    const Record record = Reader(path).read();
    REQUIRE(record.flows.size() == keys);
    CHECK(std::all_of(record.flows.begin(), record.flows.end(),
                      [](const Flow& flow) { return flow.counts.count == 2; }));
    CHECK(std::filesystem::file_size(path) / keys < 150); // bytes a key with one hour
}

TEST_CASE("a gap that goes on stays one row") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    for (std::int64_t second = 0; second < 100; ++second) {
        Batch batch;
        batch.gaps = {{at(second), at(second + 1), GapReason::events_overrun, 2}};
        writer.commit(batch, {}, at(second + 1));
    }
    Batch later;
    later.gaps = {{at(200), at(201), GapReason::events_overrun, 2},
                  {at(200), at(201), GapReason::nflog_overrun, 2}};
    writer.commit(later, {}, at(202));
    const Record record = Reader(path).read();
    REQUIRE(record.gaps.size() == 3);
    CHECK(record.gaps[0] == CaptureGap{at(0), at(100), GapReason::events_overrun, 200});
}
