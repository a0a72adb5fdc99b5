#include "support.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <thread>

using namespace fwlearn::sql;
using namespace fwlearn::sql::test;

namespace {

/// Commits a new key and one more of an old one, again and again, and tells of each commit that is done.
[[noreturn]] void write_until_killed(const std::filesystem::path& path, std::uint32_t first, int report) {
    try {
        Writer writer(path);
        writer.begin_observation(kernel_observation(at(first)));
        for (std::uint32_t key = first;; ++key) {
            Batch batch;
            batch.flows = {delta_to(key, at(key)), delta_to(0xffffffff, at(key))};
            writer.commit(batch, {}, at(key));
            if (::write(report, &key, sizeof key) != sizeof key) {
                break;
            }
        }
    } catch (const std::exception&) {
    }
    _exit(1);
}

/// None where there is no record yet, or not all of one.
std::uint32_t keys_in(const std::filesystem::path& path) {
    try {
        const auto flows = Reader(path).read().flows.size();
        return flows == 0 ? 0 : static_cast<std::uint32_t>(flows - 1);
    } catch (const std::exception&) {
        return 0;
    }
}

} // namespace

TEST_CASE("kill -9 at any moment loses nothing that was committed") {
    const TemporaryDirectory directory;
    std::mt19937 random(20'261'123);
    std::uint32_t committed = 0; // keys 0 to committed - 1
#ifdef FWLEARN_SANITIZED         // it looks for faults in the code, and ten kills show as many
    const int rounds = 10;
#else
    const int rounds = std::getenv("FWLEARN_FULL") != nullptr ? 1000 : 100;
#endif
    for (int round = 0; round < rounds; ++round) {
        // A record of which there is always more takes ever longer to check.
        constexpr int a_record = 50;
        const auto path = directory / ("flows" + std::to_string(round / a_record) + ".db");
        if (round % a_record == 0) {
            committed = 0;
        }
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(ends[0]);
            write_until_killed(path, committed, ends[1]);
        }
        ::close(ends[1]);
        // The first few may end before anything is there, the others do not before they have committed
        // something.
        constexpr int early = 5;
        if (std::uint32_t key = 0; round % a_record >= early) {
            REQUIRE(::read(ends[0], &key, sizeof key) == sizeof key);
            committed = key + 1;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % 50));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        CHECK(WIFSIGNALED(status));
        for (std::uint32_t key = 0; ::read(ends[0], &key, sizeof key) == sizeof key;) {
            committed = key + 1;
        }
        ::close(ends[0]);
        if (committed == 0) {
            committed = keys_in(path);
            continue;
        }
        const Record record = Reader(path).read();
        // The last commit may be done and not told of.
        const std::size_t keys = record.flows.size() - 1;
        CHECK((keys == committed || keys == committed + 1));
        committed = static_cast<std::uint32_t>(keys);
        CHECK(std::ranges::all_of(record.flows, [keys](const Flow& flow) {
            const bool shared = flow.key.destination.address == Address::v4(0xffffffff);
            return flow.counts.count == (shared ? keys : 1);
        }));
        SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
        CHECK(database.execAndGet("PRAGMA integrity_check").getString() == "ok");
    }
    CHECK(committed >= 45);
}
