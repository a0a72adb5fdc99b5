#include "log_account.hpp"

#include <doctest/doctest.h>

using fwlearn::collector::LogAccount;
using fwlearn::collector::ReadResult;

namespace {

ReadResult came(std::uint64_t observed, std::uint64_t lost = 0, std::uint64_t simulated = 0) {
    ReadResult result;
    result.observed = observed;
    result.lost = lost;
    result.simulated = simulated;
    return result;
}

} // namespace

TEST_CASE("without a counter the holes in the numbers are what was lost") {
    LogAccount account;
    account.read(came(10));
    account.read(came(5, 7));
    CHECK(account.lost() == 7);
    CHECK(account.received() == 15);
    CHECK_FALSE(account.logged());
}

TEST_CASE("messages on their way are not lost, and those that never came are by the next look") {
    LogAccount account;
    account.read(came(90));
    account.counted(100);
    CHECK(account.lost() == 0); // ten may still come
    account.read(came(4));
    account.counted(120);
    CHECK(account.lost() == 6); // the first hundred have come or never will
    account.counted(120);
    CHECK(account.lost() == 26);
}

TEST_CASE("what the counter tells and what holes tell are not added up") {
    LogAccount account;
    account.counted(100);
    account.read(came(60));
    account.counted(100);
    CHECK(account.lost() == 40);
    account.read(came(1, 40)); // the numbers show the same loss
    CHECK(account.lost() == 40);
    account.counted_last(101);
    CHECK(account.lost() == 40);
    CHECK(*account.logged() == account.received() + account.lost());
}

TEST_CASE("the last ones of a burst, behind which nothing comes, show in the last look") {
    LogAccount account;
    account.read(came(70, 10));
    account.counted_last(100);
    CHECK(account.lost() == 30);
    CHECK_FALSE(account.shown_by_holes());
}

TEST_CASE("messages that were thrown away on purpose came in") {
    LogAccount account;
    account.read(came(99, 0, 1));
    account.counted_last(100);
    CHECK(account.lost() == 0);
    CHECK(account.simulated() == 1);
    CHECK(*account.logged() == account.received() + account.simulated());
}

TEST_CASE("a counter that somebody resets makes no loss, and hides none that comes after") {
    LogAccount account;
    account.read(came(100));
    account.counted(100);
    account.counted(0);
    CHECK(account.lost() == 0);
    account.read(came(5));
    account.counted_last(8);
    CHECK(account.lost() == 3);
}

TEST_CASE("more than the counter has, by somebody who uses its prefix, is no loss below zero") {
    LogAccount account;
    account.read(came(50));
    account.counted_last(40);
    CHECK(account.lost() == 0);
}
