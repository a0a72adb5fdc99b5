#include "../../needs_root.hpp"
#include "migrate.hpp"
#include "support.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

#include <random>

using namespace fwlearn::sql;
using namespace fwlearn::sql::test;

namespace {

/// A closed record with some content.
void make_record(const std::filesystem::path& path, std::uint32_t keys = 1) {
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    Batch batch;
    for (std::uint32_t key = 0; key < keys; ++key) {
        batch.flows.push_back(delta_to(key, at(0)));
    }
    writer.commit(batch, {}, at(1));
    writer.end_observation(at(1));
}

std::string reader_error(const std::filesystem::path& path) {
    return error_of([&] { static_cast<void>(Reader(path).read()); });
}

std::string writer_error(const std::filesystem::path& path) {
    return error_of([&] { const Writer writer(path, WriterRole::importer); });
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::vector<std::string> files_in(const std::filesystem::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace

TEST_CASE("the log of a record that is gone is not emptied by who imports") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    const auto copy = directory / "copy.db";
    {
        Writer writer(path);
        writer.begin_observation(kernel_observation(at(0)));
        std::filesystem::copy_file(path.string() + "-wal", copy.string() + "-wal");
    }
    const auto log = bytes_of(copy.string() + "-wal");
    REQUIRE_FALSE(log.empty());
    CHECK(contains(writer_error(copy), "is gone or empty, and its log is there"));
    CHECK_FALSE(std::filesystem::exists(copy));
    write_bytes(copy, "");
    CHECK(contains(writer_error(copy), "is gone or empty, and its log is there"));
    CHECK(bytes_of(copy.string() + "-wal") == log);
}

TEST_CASE("only their owner can read what is created, whatever the umask") {
    const TemporaryDirectory directory;
    const mode_t before = ::umask(0);
    const auto path = directory / "new" / "deeper" / "flows.db";
    const Writer writer(path);
    ::umask(before);
    CHECK(mode_of(directory / "new") == 0700);
    CHECK(mode_of(path.parent_path()) == 0700);
    for (const std::string suffix : {"", "-wal", "-shm", ".lock"}) {
        CAPTURE(suffix);
        CHECK(mode_of(path.string() + suffix) == 0600);
    }
}

TEST_CASE(
    "a copy of the file alone is whole, and an ordinary user can read it where nothing can be written") {
    const TemporaryDirectory directory;
    make_record(directory / "flows.db", 100);
    const auto copies = directory / "copies";
    std::filesystem::create_directory(copies);
    const auto copy = copies / "a copy?#%41.db";
    std::filesystem::copy_file(directory / "flows.db", copy);
    ::chmod(copy.c_str(), 0444);
    ::chmod(copies.c_str(), 0555);
    ::chmod(directory.path().c_str(), 0755);
    CHECK(as_ordinary_user([&] { return std::to_string(Reader(copy).read().flows.size()); }) == "100");
    CHECK(Reader(copy).read().flows.size() == 100);
    CHECK(files_in(copies) == std::vector<std::string>{copy.filename()});
    ::chmod(copies.c_str(), 0755);
}

TEST_CASE("reading creates and changes nothing, also beside a collector") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    make_record(path);
    const auto before = files_in(directory.path());
    const std::string bytes = bytes_of(path);
    CHECK(Reader(path).read().flows.size() == 1);
    CHECK(files_in(directory.path()) == before);
    CHECK(bytes_of(path) == bytes);
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(5)));
    Batch batch;
    batch.flows = {delta_to(77, at(6))};
    const Reader reader(path);
    CHECK(reader.read().flows.size() == 1);
    writer.commit(batch, {}, at(6));
    CHECK(reader.read().flows.size() == 2);
}

TEST_CASE("a reader says what is wrong with a path") {
    const TemporaryDirectory directory;
    CHECK(contains(reader_error(directory / "none\n.db"), "none\\x0A.db: run `fwlearn observe` first"));
    CHECK(contains(reader_error(directory.path()), "is not a regular file"));
    write_bytes(directory / "empty.db", "");
    CHECK(contains(reader_error(directory / "empty.db"), "is empty"));
    make_record(directory / "flows.db");
    ::chmod(directory.path().c_str(), 0755);
    if (::geteuid() == 0) {
        CHECK(contains(as_ordinary_user([&] { return reader_error(directory / "flows.db"); }),
                       "Permission denied: run as its owner"));
    }
    CHECK(files_in(directory.path()).size() == 5);
}

TEST_CASE("a writer says what to do where it cannot write") {
    const TemporaryDirectory directory;
    make_record(directory / "flows.db");
    ::chmod(directory.path().c_str(), 0755);
    if (!fwlearn::tests::has_root()) {
        return;
    }
    CHECK(
        contains(as_ordinary_user([&] { return writer_error(directory / "flows.db"); }), "cannot write in"));
    ::chmod(directory.path().c_str(), 0777);
    CHECK(contains(as_ordinary_user([&] { return writer_error(directory / "flows.db"); }),
                   "Permission denied: run as its owner, or name another"));
    CHECK(::chown((directory / "flows.db").c_str(), 65534, 65534) == 0);
    CHECK(contains(writer_error(directory / "flows.db"), "belongs to user 65534"));
}

TEST_CASE("what is no record, or is damaged, is refused and left as it was") {
    const TemporaryDirectory directory;
    make_record(directory / "flows.db", 2000);
    const std::string whole = bytes_of(directory / "flows.db");
    std::mt19937 random(1);
    std::string noise(20'000, '\0');
    std::generate(noise.begin(), noise.end(), [&] { return static_cast<char>(random()); });
    const std::vector<std::string> damaged = {noise, "text\n", whole.substr(0, 50), whole.substr(0, 4000),
                                              std::string(100, '\0') + whole.substr(100)};
    const auto path = directory / "damaged.db";
    for (const std::string& bytes : damaged) {
        CAPTURE(bytes.size());
        write_bytes(path, bytes);
        CHECK(contains(reader_error(path), "damaged.db"));
        CHECK(contains(writer_error(path), "damaged.db"));
        CHECK(bytes_of(path) == bytes);
        CHECK(files_in(directory.path()).size() == 5);
    }
}

TEST_CASE("a flipped or missing page is an error or a record, never a crash or a change") {
    const TemporaryDirectory directory;
    make_record(directory / "flows.db", 2000);
    const std::string whole = bytes_of(directory / "flows.db");
    const auto path = directory / "damaged.db";
    constexpr std::size_t page = 4096;
    std::size_t refused = 0;
    for (std::size_t start = page; start < whole.size(); start += page) {
        std::string bytes = whole;
        for (std::size_t index = start; index < start + page; ++index) {
            bytes[index] = static_cast<char>(~bytes[index]);
        }
        write_bytes(path, bytes);
        refused += reader_error(path).empty() ? 0 : 1;
        CHECK(bytes_of(path) == bytes);
    }
    CHECK(refused > whole.size() / page / 3); // pages of indices and views are not read
    write_bytes(path, whole.substr(0, whole.size() / 2));
    CHECK(contains(reader_error(path), "damaged"));
}

TEST_CASE("a foreign database is refused and left as it was") {
    const TemporaryDirectory directory;
    const auto path = directory / "other.db";
    SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE t (a)");
    const std::string bytes = bytes_of(path);
    CHECK(contains(writer_error(path), "database of another program"));
    CHECK(contains(reader_error(path), "database of another program"));
    CHECK(bytes_of(path) == bytes);
    CHECK(files_in(directory.path()) == std::vector<std::string>{"other.db"});
}

TEST_CASE("a locked record is an error after the busy timeout, and the same commit works later") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    Batch batch;
    batch.flows = {delta_to(1, at(0))};
    Identities identities;
    batch.flows[0].key.task = identities.add({TaskKind::cron, ForeignText("job")});
    {
        SQLite::Database other(path.string(), SQLite::OPEN_READWRITE);
        other.exec("BEGIN IMMEDIATE");
        const auto before = std::chrono::steady_clock::now();
        CHECK(contains(error_of([&] { writer.commit(batch, identities, at(1)); }), "is locked by another"));
        CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(4));
        other.exec("ROLLBACK");
    }
    writer.commit(batch, identities, at(1));
    CHECK(Reader(path).read().flows.at(0).counts.count == 1);
}

TEST_CASE("a commit that fails half-way leaves nothing behind, not even what it remembered") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    Identities identities;
    Batch batch;
    batch.flows = {delta_to(1, at(0)), delta_to(2, at(0))};
    batch.flows[0].key.task = identities.add({TaskKind::cron, ForeignText("job")});
    SQLite::Database other(path.string(), SQLite::OPEN_READWRITE);
    other.exec("CREATE TRIGGER stop BEFORE INSERT ON flows WHEN NEW.address = x'00000002' "
               "BEGIN SELECT raise(ABORT, 'stop'); END");
    CHECK_FALSE(error_of([&] { writer.commit(batch, identities, at(1)); }).empty());
    CHECK(Reader(path).read().flows.empty());
    CHECK(Reader(path).read().identities.tasks() == 1);
    other.exec("DROP TRIGGER stop");
    writer.commit(batch, identities, at(1));
    const Record record = Reader(path).read();
    REQUIRE(record.flows.size() == 2);
    CHECK(record.identities.tasks() == 2);
}
