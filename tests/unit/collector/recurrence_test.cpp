// Is the longest wait between two runs found, also where it is rare?
#include <model/cron_expression.hpp>

#include <doctest/doctest.h>
#include <recurrence.hpp>

#include <memory>

using namespace fwlearn;
using namespace fwlearn::collector::host;
using namespace std::chrono_literals;
using std::chrono::days;

namespace {

NextRun cron(const char* text) {
    const auto expression = model::CronExpression::parse(text);
    REQUIRE(expression);
    return [expression](LocalSecond after) -> std::optional<LocalSecond> {
        const auto minute = expression->next(std::chrono::floor<std::chrono::minutes>(after));
        return minute ? std::optional<LocalSecond>(*minute) : std::nullopt;
    };
}

LocalSecond at(int year, unsigned month, unsigned day, std::chrono::seconds time = 0s) {
    return std::chrono::local_days(std::chrono::year(year) / std::chrono::month(month) /
                                   std::chrono::day(day)) +
           time;
}

} // namespace

TEST_CASE("the longest wait of a crontab's line is that over nights, weekends, short months and leap years") {
    struct Row {
        const char* line;
        std::chrono::seconds wait;
    };
    for (const auto& [line, wait] : std::vector<Row>{
             {"* * * * *", 1min},
             {"*/5 * * * *", 5min},
             {"7-59/20 * * * *", 20min}, // 7, 27, 47
             {"0 3 * * *", 24h},
             {"0 0,12 * * *", 12h},
             {"0 8,9,17 * * *", 15h},
             {"*/15 8-18 * * mon-fri", 61h + 15min}, // Friday 18:45 to Monday 8:00
             {"0 0 * * 0", days(7)},
             {"0 0 1 * *", days(31)},
             {"0 0 31 * *", days(61)},
             {"0 0 1 1 *", days(366)},
             {"0 0 1 1,4,7,10 *", days(92)},
             {"0 0 29 2 *", days(1461)},
             {"5-10 0 1 6 *", days(366) - 5min},
         }) {
        const auto& shown = line;
        CAPTURE(shown);
        CHECK(longest_wait({cron(line)}, at(2026, 3, 27, 13h)) == wait);
    }
    // Across a century's end that has none.
    CHECK(longest_wait({cron("0 0 29 2 *")}, at(2094, 1, 1)) == days(8 * 365 + 1));
    CHECK(!longest_wait({cron("0 0 30 2 *")}, at(2026, 1, 1)));
    CHECK(!longest_wait({}, at(2026, 1, 1)));
}

TEST_CASE("several times together wait no longer than each by itself") {
    CHECK(longest_wait({cron("0 3 * * mon"), cron("0 3 * * thu")}, at(2026, 3, 27)) == days(4));
    CHECK(longest_wait({cron("0 4 * * mon-fri"), cron("0 10 * * sat,sun")}, at(2026, 3, 27)) == 30h);
    CHECK(longest_wait({cron("*/2 * * * *"), cron("1-59/2 * * * *")}, at(2026, 3, 27)) == 2min);
    CHECK(longest_wait({cron("0 0 30 2 *"), cron("0 0 1 1 *")}, at(2026, 3, 27)) == days(366));
    CHECK(next_of({cron("0 4 * * *"), cron("0 3 * * *")}, at(2026, 3, 27)) == at(2026, 3, 27, 3h));
    CHECK(next_of({cron("0 4 * * *"), cron("0 3 * * *")}, at(2026, 3, 27, 3h)) == at(2026, 3, 27, 4h));
    CHECK(!next_of({}, at(2026, 1, 1)));
}

TEST_CASE("what ends after a few runs recurs until then, and one run alone does not") {
    const auto until = [](NextRun runs, LocalSecond end) -> NextRun {
        return [runs = std::move(runs), end](LocalSecond after) {
            const auto run = runs(after);
            return run && *run < end ? run : std::nullopt;
        };
    };
    CHECK(longest_wait({until(cron("0 3 * * *"), at(2026, 3, 30))}, at(2026, 3, 27)) == 24h);
    CHECK(!longest_wait({until(cron("0 3 * * *"), at(2026, 3, 28))}, at(2026, 3, 27)));
    CHECK(!longest_wait({until(cron("0 3 * * *"), at(2026, 3, 27))}, at(2026, 3, 27)));
}

TEST_CASE("the wait is found in few looks, however often something runs") {
    const auto looks = std::make_shared<int>(0);
    const NextRun every_second = [looks](LocalSecond after) {
        ++*looks;
        return std::optional(after + 1s);
    };
    CHECK(longest_wait({every_second}, at(2026, 3, 27)) == 1s);
    CHECK(*looks < 1'000);
    *looks = 0;
    CHECK(longest_wait({every_second, every_second}, at(2026, 3, 27)) == 1s);
    CHECK(*looks < 20'000);
}
