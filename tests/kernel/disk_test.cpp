// Does the collector go on counting while its disk is full or its record damaged, and lose nothing of it?
#include "ground/failure.hpp"
#include "ground/observing.hpp"
#include "ground/responder.hpp"
#include "ground/sender.hpp"
#include "ground/small_disk.hpp"
#include "ground/stored.hpp"

#include <sql/reader.hpp>
#include <sql/writer.hpp>

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

/// Asks again and again, because neither SQLite nor a full disk tells when something has changed.
bool comes_true(const std::function<bool()>& what, std::chrono::seconds within) {
    for (const auto until = Clock::now() + within; !what();) {
        if (Clock::now() > until) {
            return false;
        }
        poll(nullptr, 0, 20);
    }
    return true;
}

std::string integrity(const std::filesystem::path& database) {
    SQLite::Database opened(database.string(), SQLite::OPEN_READONLY);
    return opened.execAndGet("PRAGMA integrity_check").getString();
}

bool says(Observing& observing, const std::string& words) {
    return observing.process().err().find(words) != std::string::npos;
}

std::size_t not_stored(const std::filesystem::path& database, const std::vector<SentFlow>& sent) {
    const auto stored = stored_flows(sql::Reader(database).read());
    return static_cast<std::size_t>(std::ranges::count_if(sent, [&](const SentFlow& flow) {
        return !stored.contains(Key{flow.owner, flow.destination});
    }));
}

constexpr auto patience = 60s; ///< what is promised sooner is measured, and a slow machine fails no test

/// All that was said, but that a flood begins or is over: the sender's new destinations are one, where the
/// test takes its time.
std::ptrdiff_t lines_of_trouble(const std::string& said) {
    std::istringstream lines(said);
    std::ptrdiff_t count = 0;
    for (std::string line; std::getline(lines, line);) {
        count += line.find("flood") == std::string::npos ? 1 : 0;
    }
    return count;
}

} // namespace

TEST_CASE("on a full disk the collector goes on counting, says so, and stores it all when there is room") {
    const Lab lab;
    const Responder responder(lab);
    const SmallDisk disk("12m");
    const auto database = disk.path() / "flows.db";
    Observing observing(lab, FWLEARN_PROGRAM, database);
    Sender sender(lab, 0);
    REQUIRE(std::filesystem::exists(database.string() + ".reserve"));
    disk.fill();
    const auto full = Clock::now();
    REQUIRE(comes_true([&] { return says(observing, "reserve beside it was given up"); }, patience));
    const auto said = Clock::now();
    // Whoever fills a disk goes on doing so.
    REQUIRE(comes_true(
        [&] {
            disk.fill();
            return says(observing, "keeping what is observed until it can be stored");
        },
        patience));
    disk.empty();
    const auto room = Clock::now();
    REQUIRE(comes_true([&] { return says(observing, "the record can be written again"); }, patience));
    const auto back = Clock::now();
    const auto sent = sender.stop();
    CHECK(observing.stop() == 0);
    CHECK(not_stored(database, sent) == 0);
    CHECK(integrity(database) == "ok");
    const auto lines = observing.process().err();
    CHECK(lines_of_trouble(lines) == 4); // observing, the reserve, full, again
    const auto in_ms = [](auto span) { return std::chrono::duration_cast<std::chrono::milliseconds>(span); };
    MESSAGE(sent.size(), " flows; said ", in_ms(said - full).count(),
            " ms after the disk was full, stored again ", in_ms(back - room).count(),
            " ms after there was room");
}

TEST_CASE("a record that is damaged while it is written is set aside, and every flow is in one of the two") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    Observing observing(lab, FWLEARN_PROGRAM, database);
    Sender sender(lab, 0);
    REQUIRE(comes_true([&] { return !sql::Reader(database).read().flows.empty(); }, patience));
    {
        // While nobody else can commit; and by a commit, so that the collector believes nothing that it
        // remembers of the file.
        SQLite::Database other(database.string(), SQLite::OPEN_READWRITE, 10'000);
        other.exec("BEGIN IMMEDIATE; CREATE TABLE t (a); DROP TABLE t");
        for (const std::string suffix : {"", "-wal"}) {
            const auto path = database.string() + suffix;
            std::filesystem::copy_file(path, directory.path() / ("before.db" + suffix));
            std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
            file << std::string(std::filesystem::file_size(path), 'x') << std::flush;
        }
        other.exec("COMMIT");
    }
    REQUIRE(comes_true([&] { return says(observing, "is damaged: it is "); }, patience));
    const auto sent = sender.stop();
    CHECK(observing.stop() == 0);
    CHECK(integrity(database) == "ok");
    const auto before = stored_flows(sql::Reader(directory.path() / "before.db").read());
    const auto after = stored_flows(sql::Reader(database).read());
    CHECK(std::ranges::all_of(sent, [&](const SentFlow& flow) {
        const Key key{flow.owner, flow.destination};
        return before.contains(key) || after.contains(key);
    }));
    MESSAGE(sent.size(), " flows, ", before.size(), " in the old record, ", after.size(), " in the new one");
}

TEST_CASE("a purge of much beside a collector holds it up in nothing, and takes nothing that is newer") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    constexpr std::uint32_t old = 200'000;
    {
        sql::Writer writer(database, sql::WriterRole::importer);
        model::Observation observation;
        observation.source = model::ObservationSource::jsonl;
        model::Batch batch;
        for (std::uint32_t key = 0; key < old; ++key) {
            model::FlowDelta delta;
            delta.key.destination = {model::Service::port(model::protocol::tcp, 443),
                                     model::Address::v4(key)};
            delta.counts.count = 1;
            batch.flows.push_back(delta); // of 1970
        }
        writer.import(observation, batch, {}, std::string(64, '0'), model::ForeignText("old.jsonl"), {});
    }
    Observing observing(lab, FWLEARN_PROGRAM, database, {}, {"--keep", "forever"});
    Sender sender(lab, 0);
    const auto said =
        must_run({FWLEARN_PROGRAM, "--db", database.string(), "purge", "--before", "7 days ago"});
    const auto sent = sender.stop();
    CHECK(observing.stop() == 0);
    CHECK_MESSAGE(said.find(std::to_string(old) + " distinct flows") != std::string::npos, said);
    CHECK(not_stored(database, sent) == 0);
    CHECK(integrity(database) == "ok");
    const auto lines = observing.process().err();
    CHECK_MESSAGE(lines_of_trouble(lines) == 1, lines);
    MESSAGE(sent.size(), " flows while ", old, " went; the file has ", std::filesystem::file_size(database),
            " bytes");
}
