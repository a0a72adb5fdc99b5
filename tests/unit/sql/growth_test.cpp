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

TEST_CASE("thousands of rows in each hour are each their own flow's") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    constexpr std::uint32_t keys = 20'000;
    constexpr std::uint32_t hours = 5;
    const auto count_of = [](std::uint32_t key, std::uint32_t hour) { // 0: none then
        return key % (hour + 2) == 0 ? std::uint64_t{key} + hour + 1 : 0;
    };
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    for (std::uint32_t hour = 0; hour < hours; ++hour) {
        const auto time = Timestamp(hour_of(at(0))) + std::chrono::hours(hour);
        Batch batch;
        for (std::uint32_t key = keys; key-- > 0;) { // in another order than they are read in
            batch.flows.push_back(delta_to(key, time));
            batch.flows.back().counts.count = count_of(key, hour);
            if (count_of(key, hour) == 0) {
                batch.flows.pop_back();
            }
        }
        writer.commit(batch, {}, time);
    }
    std::size_t wrong = 0;
    std::size_t seen = 0;
    for (std::uint32_t key = 0; const auto& flow : Reader(path).read().flows) {
        HourCounts expected;
        for (; expected.empty(); ++key) {
            for (std::uint32_t hour = 0; hour < hours; ++hour) {
                if (const auto count = count_of(key, hour); count > 0) {
                    expected.push_back({hour_of(at(0)) + std::chrono::hours(hour), count, 1, 0});
                }
            }
        }
        std::uint64_t sum = 0;
        for (const auto& one : expected) {
            sum += one.count;
        }
        const bool right = flow.key == delta_to(key - 1, at(0)).key && flow.hours == expected &&
                           flow.counts.count == sum && flow.counts.answered == expected.size();
        wrong += right ? 0 : 1;
        ++seen;
    }
    CHECK(wrong == 0);
    CHECK(seen > keys / 2);
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
