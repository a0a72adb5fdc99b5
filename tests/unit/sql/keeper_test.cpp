// Does the record go on whatever the disk does, and lose nothing that it was given?
#include "failing_disk.hpp"
#include "keeping.hpp"
#include "small_disk.hpp"

#include <SQLiteCpp/Statement.h>
#include <doctest/doctest.h>

using namespace fwlearn::sql;
using namespace fwlearn::sql::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Damages a file from another process: closing it in this one would drop SQLite's locks.
void in_another_process(const std::function<void()>& action) {
    const pid_t child = ::fork();
    if (child == 0) {
        action();
        _exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(status == 0);
}

void overwrite(const std::filesystem::path& path, std::streamoff from, std::size_t bytes) {
    in_another_process([&] {
        std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(from);
        file << std::string(bytes, '\x5a');
    });
}

/// Another process commits something, so that nothing the writer has in its cache is believed any more.
void written_by_another(const std::filesystem::path& path) {
    SQLite::Database other(path.string(), SQLite::OPEN_READWRITE);
    const auto schema = other.execAndGet("PRAGMA user_version").getString();
    other.exec("PRAGMA user_version = " + schema + "; PRAGMA wal_checkpoint(TRUNCATE)");
}

} // namespace

TEST_CASE(
    "on a full disk the reserve is given up first; then batches are refused, and all are stored later") {
    if (!may_mount()) {
        return;
    }
    const SmallDisk disk(4);
    Keeping keeping(disk / "flows.db");
    const auto reserve = disk / "flows.db.reserve";
    CHECK(std::filesystem::file_size(reserve) == small_reserve);
    CHECK(mode_of(reserve) == 0600);
    REQUIRE(keeping.second(1));
    disk.fill();
    std::uint32_t address = 2;
    while (std::filesystem::exists(reserve)) {
        REQUIRE(keeping.second(++address));
    }
    REQUIRE(keeping.said.size() == 1);
    CHECK(contains(keeping.said[0], "no space left"));
    CHECK(contains(keeping.said[0], "reserve beside it was given up"));
    disk.fill();
    while (keeping.second(++address)) {
        disk.fill();
    }
    for (int more = 0; more < 60; ++more) {
        CHECK_FALSE(keeping.second(++address));
    }
    REQUIRE(keeping.said.size() == 2);
    CHECK(contains(keeping.said[1], "keeping what is observed until it can be stored"));
    // Readers are not disturbed, and what was stored before is there.
    CHECK(stored(disk / "flows.db") + keeping.pending().flows.size() == keeping.sent);
    disk.make_room();
    CHECK(keeping.second(++address)); // the first try
    CHECK(keeping.said.back() == "the record can be written again");
    CHECK(stored(disk / "flows.db") == keeping.sent);
    keeping.pass(20);
    CHECK(keeping.second(++address));
    CHECK(std::filesystem::file_size(reserve) == small_reserve);
    CHECK(keeping.said.size() == 3);
    CHECK(integrity(disk / "flows.db") == "ok");
}

TEST_CASE("on a disk that has become read-only batches are refused, and all are stored when it is back") {
    if (!may_mount()) {
        return;
    }
    FailingDisk disk;
    const auto path = disk / "flows.db";
    Keeping keeping(path);
    REQUIRE(keeping.second(1));
    disk.fail();
    for (int attempt = 0; attempt < 20; ++attempt) {
        CHECK_FALSE(keeping.second(2));
    }
    REQUIRE(keeping.said.size() == 1);
    CAPTURE(keeping.said[0]);
    CHECK(contains(keeping.said[0], "its file system is read-only"));
    disk.repair();
    CHECK(keeping.second(3)); // the first try
    CHECK(keeping.said.back() == "the record can be written again");
    CHECK(stored(path) == keeping.sent);
    CHECK(Reader(path).observations().size() == 1);
    CHECK(integrity(path) == "ok");
    // The lock is that of the file that is there now.
    CHECK(contains(error_of([&] { const Writer second(path, WriterRole::collector); }), "another collector"));
}

TEST_CASE("a record that is locked for a minute loses nothing, and holds nobody up") {
    const TemporaryDirectory directory;
    Keeping keeping(directory / "flows.db");
    REQUIRE(keeping.second(1));
    {
        SQLite::Database other((directory / "flows.db").string(), SQLite::OPEN_READWRITE);
        other.exec("BEGIN EXCLUSIVE");
        CHECK_FALSE(keeping.second(1));
        CHECK(keeping.said.empty()); // for a second that is nothing to tell
        const int tries = std::getenv("FWLEARN_FULL") != nullptr ? 60 : 6;
        for (int attempt = 1; attempt < tries; ++attempt) {
            CHECK_FALSE(keeping.second(1));
        }
        REQUIRE(keeping.said.size() == 1);
        CHECK(contains(keeping.said[0], "is locked by another process"));
        other.exec("ROLLBACK");
    }
    CHECK(keeping.second(1));
    CHECK(stored(keeping.path()) == keeping.sent);
    CHECK(keeping.said == std::vector{keeping.said[0], std::string("the record can be written again")});
}

TEST_CASE("a record that is damaged while it is written is set aside with its log, and a new one goes on") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    std::vector<std::string> said;
    std::uint64_t before = 0;
    std::filesystem::path aside;
    {
        Keeping keeping(path);
        Configured setting;
        setting.file = ForeignText("/etc/resolv.conf");
        setting.address = Address::v4(0x08080808);
        keeping.pending().configured = std::vector{setting};
        ProgramFile program;
        program.path = ForeignText("/usr/bin/curl");
        keeping.pending().programs = {program};
        for (std::uint32_t address = 0; address < 200; ++address) {
            REQUIRE(keeping.second(address));
        }
        before = keeping.sent;
        written_by_another(path);
        overwrite(path, 0, std::filesystem::file_size(path));
        REQUIRE(keeping.second(1000));
        REQUIRE(keeping.said.size() == 1);
        CHECK(contains(keeping.said[0], "is damaged: it is "));
        CHECK(contains(keeping.said[0], "flows.db.corrupt-2026"));
        REQUIRE(keeping.second(1001));
        CHECK(stored(path) == keeping.sent - before);
        const auto files = set_aside_beside(path);
        REQUIRE(files.size() == 1);
        aside = files[0];
        CHECK(mode_of(aside) == 0600);
        CHECK(std::filesystem::exists(aside.string() + "-wal"));

        const Record record = Reader(path).read();
        REQUIRE(record.observations.size() == 1);
        CHECK(record.observations[0].started == at(200)); // when it was stored for the last time
        REQUIRE(record.gaps.size() == 1);
        CHECK(record.gaps[0] == CaptureGap{at(0), at(200), GapReason::not_running, std::nullopt});
        // What the collector says only once is there again.
        REQUIRE(record.configured.size() == 1);
        CHECK(record.configured[0] == setting);
        REQUIRE(record.programs.size() == 1);
        const auto counters = Reader(path).counters();
        REQUIRE(counters.size() == 1);
        CHECK(counters[0] == std::pair{std::string("records_set_aside"), std::uint64_t{1}});
        SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
        CHECK(database.execAndGet("SELECT file FROM v_set_aside").getString() == aside.string());

        // A disk that damages all that is written to it is not filled with damaged records.
        written_by_another(path);
        overwrite(path, 0, std::filesystem::file_size(path));
        CHECK_FALSE(keeping.second(1002));
        CHECK(set_aside_beside(path).size() == 1);
        keeping.pass(60);
        CHECK(keeping.second(1003));
        CHECK(set_aside_beside(path).size() == 2);
        keeping.keeper().end_observation(keeping.now());
    }
    CHECK(integrity(path) == "ok");
}

TEST_CASE("a damaged page is found when it is read, and costs nothing that is not on it") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Keeping keeping(path);
    for (std::uint32_t address = 0; address < 5000; ++address) {
        keeping.pending().flows.push_back(delta_to(address, at(0)));
    }
    REQUIRE(keeping.second(0));
    written_by_another(path);
    constexpr std::size_t page = 4096;
    const auto size = std::filesystem::file_size(path);
    for (std::size_t start = 2 * page; start < size; start += 2 * page) {
        overwrite(path, static_cast<std::streamoff>(start), page);
    }
    const auto before = keeping.sent;
    for (std::uint32_t address = 0; set_aside_beside(path).empty(); address += 100) {
        REQUIRE(address < 5000);
        REQUIRE(keeping.second(address));
    }
    CHECK(std::filesystem::file_size(set_aside_beside(path)[0]) >= size);
    CHECK(stored(path) >= 1);
    CHECK(stored(path) <= keeping.sent - before);
    CHECK(integrity(path) == "ok");
}

TEST_CASE("a damaged record is set aside when the collector starts, other readers and writers refuse it") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    {
        Keeping keeping(path);
        REQUIRE(keeping.second(1));
    }
    const std::string whole = bytes_of(path);
    const std::vector<std::string> damaged = {std::string(20'000, '\x5a'),
                                              "text\n",
                                              whole.substr(0, 50),
                                              whole.substr(0, 4000),
                                              std::string(100, '\0') + whole.substr(100),
                                              whole.substr(0, 4096) +
                                                  std::string(whole.size() - 4096, '\x5a')};
    std::size_t count = 0;
    for (const std::string& bytes : damaged) {
        CAPTURE(count);
        in_another_process([&] { write_bytes(path, bytes); });
        CHECK_FALSE(error_of([&] { static_cast<void>(Reader(path).read()); }).empty());
        Keeping keeping(path);
        REQUIRE(keeping.said.size() == 1);
        CHECK(contains(keeping.said[0], "is damaged: it is "));
        REQUIRE(keeping.second(7));
        CHECK(stored(path) == 1);
        const auto files = set_aside_beside(path);
        CHECK(files.size() == ++count);
        CHECK(std::ranges::any_of(files, [&](const auto& file) { return bytes_of(file) == bytes; }));
    }
}

TEST_CASE("a record whose file was emptied keeps its log") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    const auto copy = directory / "copy.db";
    {
        Keeping keeping(path);
        REQUIRE(keeping.second(1));
        std::filesystem::copy_file(path.string() + "-wal", copy.string() + "-wal");
        write_bytes(copy, "");
    }
    const std::string log = bytes_of(copy.string() + "-wal");
    REQUIRE(!log.empty());
    const Keeping keeping(copy);
    const auto files = set_aside_beside(copy);
    REQUIRE(files.size() == 1);
    CHECK(bytes_of(files[0].string() + "-wal") == log);
}

TEST_CASE("what never was a record is refused by a collector too, and stays where it is") {
    const TemporaryDirectory directory;
    const auto passwords = directory / "passwd";
    write_bytes(passwords, "root:x:0:0:root:/root:/bin/bash\n");
    const auto refusal = [](const std::filesystem::path& path) {
        return error_of([&] { const Keeping keeping(path); });
    };
    CHECK(contains(refusal(passwords), "is not a record of fwlearn's"));
    const auto other = directory / "other.db";
    SQLite::Database(other.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE t (a)");
    CHECK(contains(refusal(other), "database of another program"));
    CHECK(set_aside_beside(passwords).empty());
    CHECK(set_aside_beside(other).empty());
    CHECK_FALSE(std::filesystem::exists(other.string() + ".lock"));
    const Keeping first(directory / "flows.db");
    CHECK(contains(refusal(directory / "flows.db"), "another collector"));
}

TEST_CASE("a record that is moved away while it is written takes what it has, and a new one is begun") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Keeping keeping(path);
    REQUIRE(keeping.second(1));
    std::filesystem::rename(path, directory / "moved.db");
    REQUIRE(keeping.second(2));
    REQUIRE(keeping.said.size() == 1);
    CHECK(contains(keeping.said[0], "was moved or removed"));
    CHECK(stored(path) == 1);
    CHECK(stored(directory / "moved.db") == 1);
    // What is in the one is no observed time of the other's.
    REQUIRE(Reader(path).read().observations.size() == 1);
    CHECK(Reader(path).read().observations[0].started == at(1));
    for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
        std::filesystem::remove(entry.path());
    }
    REQUIRE(keeping.second(3));
    CHECK(stored(path) == 1);
    CHECK(integrity(path) == "ok");
    // The lock's file went as well: there is one again.
    CHECK(Reader(path).collector_pid() == static_cast<std::uint32_t>(::getpid()));
    CHECK_THROWS_AS(static_cast<void>(Writer(path)), SqlError);
}

TEST_CASE("a reader that stands still does not make the log grow for ever, and is named") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    constexpr std::uint64_t longest = 400'000;
    Keeping keeping(path, {.reserve = small_reserve, .longest_log = longest});
    REQUIRE(keeping.second(1));
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t reader = ::fork();
    if (reader == 0) {
        SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
        SQLite::Statement first(database, "SELECT * FROM flow_hours");
        const bool reads = first.executeStep() && ::write(ends[1], "r", 1) == 1;
        ::raise(SIGSTOP);
        _exit(reads ? 0 : 1);
    }
    char byte = 0;
    REQUIRE(::read(ends[0], &byte, 1) == 1);
    std::uintmax_t largest = 0;
    std::uint64_t refused = 0;
    for (std::uint32_t second = 0; second < 6000; ++second) {
        refused += keeping.second(second) ? 0 : 1;
        largest = std::max(largest, std::filesystem::file_size(path.string() + "-wal"));
    }
    CHECK(largest > longest);
    CHECK(largest < 6 * longest); // the last store may be of a minute
    REQUIRE(keeping.said.size() == 1);
    CHECK(contains(keeping.said[0], "(process " + std::to_string(reader) + ")"));
    CHECK(stored(path) + keeping.pending().flows.size() == keeping.sent);
    ::kill(reader, SIGKILL);
    ::waitpid(reader, nullptr, 0);
    ::close(ends[0]);
    ::close(ends[1]);
    CHECK(keeping.second(1));
    CHECK(keeping.said.size() == 2);
    CHECK(stored(path) == keeping.sent);
    CHECK(keeping.second(1));
    CHECK(std::filesystem::file_size(path.string() + "-wal") <=
          std::max<std::uintmax_t>(largest, 16U << 20U));
    MESSAGE("the log was ", largest, " bytes at most, with a limit of ", longest, "; ", refused, " refusals");
}
