// Does a line of a crontab run when cron would run it?
#include <model/cron_expression.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace fwlearn;
using model::CronExpression;
using model::LocalMinute;

namespace {

/// "2026-11-25T23:59"
LocalMinute minute_of(const std::string& text) {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    int hour = 0;
    int minute = 0;
    char mark = 0;
    std::istringstream(text) >> year >> mark >> month >> mark >> day >> mark >> hour >> mark >> minute;
    return std::chrono::local_days(std::chrono::year(year) / std::chrono::month(month) /
                                   std::chrono::day(day)) +
           std::chrono::hours(hour) + std::chrono::minutes(minute);
}

std::optional<LocalMinute> next(const std::string& expression, const std::string& after) {
    const auto parsed = CronExpression::parse(expression);
    REQUIRE_MESSAGE(parsed, expression);
    return parsed->next(minute_of(after));
}

} // namespace

TEST_CASE("the next runs are those that another implementation has") {
    std::ifstream file(FWLEARN_TEST_DATA "/cron-next-runs.tsv");
    std::size_t expressions = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) {
            continue;
        }
        std::vector<std::string> columns;
        std::istringstream row(line);
        for (std::string column; std::getline(row, column, '\t');) {
            columns.push_back(column);
        }
        REQUIRE(columns.size() == 5);
        CAPTURE(line);
        const auto expression = CronExpression::parse(columns[0]);
        REQUIRE(expression);
        std::optional<LocalMinute> at = minute_of(columns[1]);
        for (std::size_t run = 2; run < columns.size(); ++run) {
            at = expression->next(*at);
            REQUIRE(at);
            CHECK(*at == minute_of(columns[run]));
            CHECK(expression->runs_at(*at));
        }
        ++expressions;
    }
    CHECK(expressions >= 500);
}

TEST_CASE("both days restricted: either is enough; a day that begins with a star leaves it to the other") {
    // crontab(5) of Debian's cron 3.0pl1: the first and fifteenth, and every Friday.
    CHECK(next("30 4 1,15 * 5", "2026-11-25T00:00") == minute_of("2026-11-27T04:30"));
    CHECK(next("30 4 1,15 * 5", "2026-11-27T04:30") == minute_of("2026-12-01T04:30"));
    CHECK(next("30 4 1,15 * *", "2026-11-25T00:00") == minute_of("2026-12-01T04:30"));
    CHECK(next("30 4 * * 5", "2026-11-25T00:00") == minute_of("2026-11-27T04:30"));
    // Odd days that are Fridays, and no others.
    CHECK(next("0 0 */2 * 5", "2026-11-20T00:00") == minute_of("2026-11-27T00:00"));
    CHECK(next("0 0 */2 * 5", "2026-11-27T00:00") == minute_of("2026-12-11T00:00"));
    // "*/7" of the week is Sunday, as 0 and as 7.
    CHECK(next("0 0 * * */7", "2026-11-25T00:00") == minute_of("2026-11-29T00:00"));
}

TEST_CASE("what never comes is told, and so is what comes rarely") {
    CHECK_FALSE(next("0 0 30 2 *", "2026-01-01T00:00"));
    CHECK(next("0 0 29 2 *", "2096-03-01T00:00") == minute_of("2104-02-29T00:00")); // 2100 is no leap year
    const auto at_boot = CronExpression::parse("@reboot");
    REQUIRE(at_boot);
    CHECK(at_boot->is_at_boot());
    CHECK_FALSE(at_boot->next(minute_of("2026-01-01T00:00")));
    CHECK_FALSE(at_boot->runs_at(minute_of("2026-01-01T00:00")));
    CHECK_FALSE(CronExpression::parse("@daily")->is_at_boot());
}

TEST_CASE("what cron refuses is refused") {
    for (const auto* text : {"",
                             "*",
                             "* * * *",
                             "* * * * * *",
                             "60 * * * *",
                             "* 24 * * *",
                             "* * 0 * *",
                             "* * 32 * *",
                             "* * * 0 *",
                             "* * * 13 *",
                             "* * * * 8",
                             "*/0 * * * *",
                             "5/10 * * * *",
                             "1, * * * *",
                             ",1 * * * *",
                             "1--2 * * * *",
                             "-1 * * * *",
                             "a * * * *",
                             "jan * * * *",
                             "* * * * monday",
                             "@",
                             "@fortnightly",
                             "*/ * * * *",
                             "1-/2 * * * *",
                             "5/1 * * * *",
                             "60-5 * * * *",
                             "*/5x * * * *",
                             "1,,2 * * * *",
                             "4294967297 * * * *",
                             "0x1 * * * *",
                             "+1 * * * *",
                             "* * * * \xff"}) {
        CHECK_MESSAGE(!CronExpression::parse(text), std::string(text));
    }
    CHECK(CronExpression::parse("  0\t0 \t* * *  "));
    CHECK(CronExpression::parse("*/1000 * * * *")); // the first of each hour
    CHECK_FALSE(CronExpression::parse("mon * * * *"));
}

TEST_CASE("what cron takes and reads in a way of its own is read in that way") {
    // Each taken by crontab -n of Debian 12's cron; entry.c: what follows a part is passed over to the next
    // blank.
    const auto never = [](const char* text) {
        const auto parsed = CronExpression::parse(text);
        REQUIRE_MESSAGE(parsed, std::string(text));
        return !parsed->next(minute_of("2026-11-25T00:00"));
    };
    for (const auto* text : {"5-1 * * * *", "* 22-6 * * *", "* * * * mon-sun", "* * * * sat-mon"}) {
        CHECK_MESSAGE(never(text), std::string(text));
    }
    CHECK(CronExpression::parse("* 22-6,3 * * *") == CronExpression::parse("* 3 * * *"));
    CHECK(CronExpression::parse("0~59 * * * *") == CronExpression::parse("0 * * * *"));
    CHECK(CronExpression::parse("1-5-7 * * * *") == CronExpression::parse("1-5 * * * *"));
    CHECK(CronExpression::parse("2* * * * *") == CronExpression::parse("2 * * * *"));
    CHECK(CronExpression::parse("*/5/2 * * * *") == CronExpression::parse("*/5 * * * *"));
    for (const auto* text : {"*-5 * * * *", "** * * * *", "*2 * * * *", "*x,99 * * * *"}) {
        CHECK_MESSAGE(CronExpression::parse(text) == CronExpression::parse("* * * * *"), std::string(text));
    }
}
