// Does a refusal say in one line what, why and what to do, and change nothing?
#include "ground/observing.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>

using namespace fwlearn::kernel_test;

namespace {

constexpr int refused = 2;
constexpr std::uint32_t nobody = 65534;

std::string bytes_of(const std::filesystem::path& file) {
    if (std::filesystem::is_directory(file)) {
        return "a directory";
    }
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> fwlearn_command(const std::filesystem::path& database,
                                         std::vector<std::string> rest) {
    std::vector<std::string> command{FWLEARN_PROGRAM, "--db", database.string()};
    command.insert(command.end(), rest.begin(), rest.end());
    return command;
}

/// Exit 2, nothing on stdout, one line on stderr; gives back that line.
std::string refusal(const Result& result) {
    CHECK(result.status == refused);
    CHECK(result.out.empty());
    CHECK_MESSAGE(std::ranges::count(result.err, '\n') == 1, result.err);
    CHECK_MESSAGE((!result.err.empty() && result.err.back() == '\n'), result.err);
    CHECK_MESSAGE(result.err.starts_with("fwlearn: "), result.err);
    return result.err;
}

std::string refusal_to_observe(const Lab& lab, const std::filesystem::path& database,
                               std::optional<std::uint32_t> uid = std::nullopt) {
    const auto result =
        run(fwlearn_command(database, {"observe", "--group", Observing::group, "--duration", "10s"}),
            {.netns = lab.server().name(), .uid = uid});
    CHECK(!has_observation_table(lab.server()));
    return refusal(result);
}

bool says(const std::string& line, const std::string& words) {
    return line.find(words) != std::string::npos;
}

/// A sound record with nothing in it.
void make_record(const Lab& lab, const std::filesystem::path& database) {
    Observing observing(lab, FWLEARN_PROGRAM, database);
    REQUIRE(observing.stop() == 0);
}

} // namespace

TEST_CASE("observing without privilege is refused, and leaves no file") {
    const Lab lab;
    const TemporaryDirectory directory;
    std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
    const auto database = directory.path() / "flows.db";
    const auto line = refusal_to_observe(lab, database, nobody);
    CHECK_MESSAGE((says(line, "root") || says(line, "CAP_NET_ADMIN")), line);
}

TEST_CASE("an NFLOG group that is taken is refused with the pid of its holder") {
    const Lab lab;
    const TemporaryDirectory directory;
    Observing holder(lab, FWLEARN_PROGRAM, directory.path() / "holder.db");
    const auto result = run(fwlearn_command(directory.path() / "flows.db",
                                            {"observe", "--group", Observing::group, "--duration", "10s"}),
                            {.netns = lab.server().name()});
    const auto line = refusal(result);
    CHECK_MESSAGE(says(line, std::to_string(holder.process().pid())), line);
    CHECK_MESSAGE(says(line, Observing::group), line);
    CHECK(has_observation_table(lab.server())); // the holder's
    CHECK(holder.stop() == 0);
}

TEST_CASE("refreshing names that no loaded whitelist has, or without privilege, is refused") {
    const Lab lab;
    const TemporaryDirectory directory;
    for (const auto& arguments : {std::vector<std::string>{"refresh"}, {"refresh", "--watch"}}) {
        const auto command = fwlearn_command(directory.path() / "flows.db", arguments);
        const auto line = refusal(run(command, {.netns = lab.server().name()}));
        CHECK_MESSAGE(says(line, "no whitelist with names or units is loaded"), line);
        const auto denied = refusal(run(command, {.netns = lab.server().name(), .uid = nobody}));
        CHECK_MESSAGE(says(denied, "root"), denied);
    }
}

TEST_CASE("a second collector of one record is refused with the pid of the first") {
    const Lab lab;
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    Observing first(lab, FWLEARN_PROGRAM, database);
    const auto line =
        refusal(run(fwlearn_command(database, {"observe", "--group", "98", "--duration", "10s"}),
                    {.netns = lab.server().name()}));
    CHECK_MESSAGE(says(line, std::to_string(first.process().pid())), line);
    CHECK(first.stop() == 0);
}

TEST_CASE("no conntrack in the kernel is refused in one line with exit 2, and leaves no table") {
    const Lab lab;
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    // AddressSanitizer wants to be the first library; this one may be before it.
    const auto result =
        run(fwlearn_command(database, {"observe", "--group", Observing::group, "--duration", "10s"}),
            {.netns = lab.server().name(),
             .environment = {{"LD_PRELOAD", FWLEARN_NO_CONNTRACK},
                             {"ASAN_OPTIONS", "verify_asan_link_order=0"}}});
    const auto line = refusal(result);
    CHECK_MESSAGE(says(line, "connection tracking"), line);
    CHECK_MESSAGE(says(line, "nf_conntrack_netlink"), line);
    CHECK(!has_observation_table(lab.server()));
    // What was refused before it began is no observation that was killed.
    SQLite::Database record(database.string());
    CHECK(record.execAndGet("SELECT count(*) FROM observations").getInt() == 0);
}

TEST_CASE("a database that cannot be used is refused, and stays as it was") {
    const Lab lab;
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    make_record(lab, database);

    SUBCASE("something else than a database") {
        std::filesystem::remove(database.string() + "-wal"); // with it, it would be a damaged record
        std::ofstream(database, std::ios::trunc) << std::string(8192, 'x');
    }
    SUBCASE("another program's database") {
        std::filesystem::remove(database);
        SQLite::Database other(database.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        other.exec("CREATE TABLE shopping(item TEXT)");
    }
    SUBCASE("from the future") {
        SQLite::Database record(database.string(), SQLite::OPEN_READWRITE);
        record.exec("PRAGMA user_version = 1000000");
        record.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    SUBCASE("a directory") {
        std::filesystem::remove(database);
        std::filesystem::create_directory(database);
    }
    const auto before = bytes_of(database);
    const auto line = refusal_to_observe(lab, database);
    CHECK_MESSAGE(says(line, database.string()), line);
    for (const auto* verb : {"status", "flows", "suggest"}) {
        CAPTURE(verb);
        refusal(run(fwlearn_command(database, {verb})));
    }
    CHECK(bytes_of(database) == before);
}

TEST_CASE("a damaged record is refused by every reading verb, and set aside by the collector in one line") {
    const Lab lab;
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    make_record(lab, database);
    SUBCASE("something else than a database") {
        std::ofstream(database, std::ios::trunc) << std::string(8192, 'x');
    }
    SUBCASE("cut short") {
        std::filesystem::resize_file(database, 5000);
    }
    SUBCASE("overwritten in the middle") {
        std::fstream file(database, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(4096);
        file << std::string(8192, '\xff');
    }
    const auto before = bytes_of(database);
    for (const auto* verb : {"status", "flows", "suggest"}) {
        CAPTURE(verb);
        refusal(run(fwlearn_command(database, {verb})));
    }
    CHECK(bytes_of(database) == before);
    const auto result = run(
        fwlearn_command(database, {"--quiet", "observe", "--group", Observing::group, "--duration", "1s"}),
        {.netns = lab.server().name()});
    CHECK(result.status == 0);
    CHECK_MESSAGE(std::ranges::count(result.err, '\n') == 1, result.err);
    CHECK_MESSAGE(says(result.err, "is damaged: it is " + database.string() + ".corrupt-"), result.err);
    std::size_t kept = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
        if (entry.path().string().starts_with(database.string() + ".corrupt-") &&
            !entry.path().string().ends_with("-wal")) {
            CHECK(bytes_of(entry.path()) == before);
            ++kept;
        }
    }
    CHECK(kept == 1);
    CHECK(run(fwlearn_command(database, {"status"})).status == 0);
}

TEST_CASE(
    "a database that another process keeps locked stays as it was, and that nothing was stored is told") {
    const Lab lab;
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    make_record(lab, database);
    SQLite::Database other(database.string(), SQLite::OPEN_READWRITE);
    other.exec("BEGIN EXCLUSIVE");
    const auto before = bytes_of(database);
    const auto result =
        run(fwlearn_command(database, {"observe", "--group", Observing::group, "--duration", "1s"}),
            {.netns = lab.server().name()});
    CHECK(result.status == refused);
    CHECK_MESSAGE(says(result.err, " is locked by another process"), result.err);
    CHECK_MESSAGE(says(result.err, " could not be stored and is lost\n"), result.err);
    CHECK(!has_observation_table(lab.server()));
    CHECK(bytes_of(database) == before);
}

TEST_CASE("a database that must not be written is refused, and stays as it was") {
    const Lab lab;
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    make_record(lab, database);
    const auto before = bytes_of(database);
    // Nothing else stops root: an immutable bit needs a file system that has one, so a read-only bind mount
    // in a mount namespace of its own.
    const auto script =
        "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" && exec \"$2\" --db \"$1/flows.db\" "
        "observe --group 97 --duration 10s";
    const auto result =
        run({"unshare", "--mount", "sh", "-c", script, "sh", directory.path().string(), FWLEARN_PROGRAM},
            {.netns = lab.server().name()});
    refusal(result);
    CHECK(!has_observation_table(lab.server()));
    CHECK(bytes_of(database) == before);
}

TEST_CASE("a record that is not there is refused by every reading verb, and is not made") {
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    for (const auto* verb : {"status", "flows", "suggest"}) {
        CAPTURE(verb);
        refusal(run(fwlearn_command(database, {verb})));
        CHECK_FALSE(std::filesystem::exists(database));
    }
}

TEST_CASE("what is not on the command line's list is refused") {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {},
             {"obsreve"},
             {"observe", "--groop", "5"},
             {"observe", "--group", "65536"},
             {"observe", "--group", "-1"},
             {"observe", "--group", "many"},
             {"observe", "--duration", "a while"},
             {"suggest", "-o", "poem"},
             {"flows", "--since", "the day after never"},
             {"flows", "--port", "99999"},
             {"flows", "evil\nsecond line\x1b[31m"},
         }) {
        std::vector<std::string> command{FWLEARN_PROGRAM, "--db", "/nonexistent/flows.db"};
        command.insert(command.end(), arguments.begin(), arguments.end());
        CAPTURE(arguments.empty() ? std::string("(nothing)") : arguments.back());
        const auto line = refusal(run(command));
        CHECK_FALSE(says(line, "\x1b"));
    }
}

TEST_CASE("an empty record gives no whitelist, and above all no default-deny") {
    const Lab lab;
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    make_record(lab, database);
    for (const auto* format : {"nft", "table", "json"}) {
        CAPTURE(format);
        const auto line = refusal(run(fwlearn_command(database, {"suggest", "-o", format})));
        CHECK_MESSAGE(says(line, "observe"), line);
    }
}
