// Does a collector begin where nothing can be stored yet, and lose nothing of what it observes until then?
#include "keeping.hpp"
#include "small_disk.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace fwlearn::sql;
using namespace fwlearn::sql::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE(
    "who begins on a full disk keeps what is observed from the first flow on, also beside a damaged record") {
    if (!may_mount()) {
        return;
    }
    const SmallDisk disk(4);
    const auto path = disk / "flows.db";
    { Keeping(path, {.reserve = 0}).keeper().end_observation({at(1), {}}); }
    SUBCASE("a whole record") {}
    SUBCASE("one of which only the log's index is missing") {
        std::filesystem::remove(path.string() + "-shm");
    }
    SUBCASE("a damaged one") {
        write_bytes(path, std::string(std::filesystem::file_size(path), 'Z'));
    }
    disk.fill();
    Keeping keeping(path, {.reserve = 0});
    std::uint32_t address = 0;
    while (keeping.second(++address)) {
        disk.fill();
    }
    CHECK_FALSE(keeping.second(++address));
    CHECK(contains(keeping.said.back(), "no space left"));
    CHECK(contains(keeping.said.back(), "keeping what is observed until it can be stored"));
    const auto said = keeping.said.size();
    disk.make_room();
    REQUIRE(keeping.second(++address));
    CHECK(keeping.said.size() == said + 1);
    CHECK(keeping.said.back() == "the record can be written again");
    CHECK(stored(path) == keeping.sent);
    const auto observations = Reader(path).read().observations;
    CHECK(std::any_of(observations.begin(), observations.end(),
                      [](const auto& one) { return one.started == at(0) && !one.ended; }));
    CHECK(integrity(path) == "ok");
}

TEST_CASE("who begins while another process has locked the record keeps what is observed until it has not") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    { Keeping(path).keeper().end_observation({at(1), {}}); }
    SQLite::Database other(path.string(), SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    Keeping keeping(path);
    CHECK_FALSE(keeping.second(1));
    REQUIRE(keeping.said.size() == 1);
    CHECK(contains(keeping.said[0], "is locked by another process"));
    other.exec("ROLLBACK");
    REQUIRE(keeping.second(2));
    CHECK(stored(path) == 2);
}

TEST_CASE("where no inode is left that is said, and all is stored when there are some again") {
    if (!may_mount()) {
        return;
    }
    const SmallDisk disk(4, 8);
    const auto path = disk / "flows.db";
    write_bytes(path, "");
    write_bytes(path.string() + ".lock", "");
    std::vector<std::filesystem::path> others;
    do {
        others.push_back(disk / ("other" + std::to_string(others.size())));
        write_bytes(others.back(), "");
    } while (std::filesystem::exists(others.back()));
    Keeping keeping(path, {.reserve = 0});
    CHECK_FALSE(keeping.second(1));
    REQUIRE(keeping.said.size() == 1);
    CHECK(contains(keeping.said[0], "no inode is left"));
    for (const auto& other : others) {
        std::filesystem::remove(other);
    }
    REQUIRE(keeping.second(2));
    CHECK(stored(path) == 2);
}
