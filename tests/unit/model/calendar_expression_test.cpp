// Does a timer elapse when systemd says so?
#include <model/calendar_expression.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>

using namespace fwlearn;
using model::CalendarExpression;
using model::LocalSecond;

namespace {

/// "2026-11-25 23:59:59"
LocalSecond second_of(const std::string& text) {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    char mark = 0;
    std::istringstream(text) >> year >> mark >> month >> mark >> day >> hour >> mark >> minute >> mark >>
        second;
    return std::chrono::local_days(std::chrono::year(year) / std::chrono::month(month) /
                                   std::chrono::day(day)) +
           std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

std::optional<LocalSecond> next(const std::string& expression, const std::string& after) {
    const auto parsed = CalendarExpression::parse(expression);
    REQUIRE_MESSAGE(parsed, expression);
    return parsed->next(second_of(after));
}

std::vector<std::string> columns_of(const std::string& line) {
    std::vector<std::string> columns;
    std::istringstream row(line);
    for (std::string column; std::getline(row, column, '\t');) {
        columns.push_back(column);
    }
    return columns;
}

} // namespace

TEST_CASE("the next times are systemd's, and what it refuses is refused") {
    std::ifstream file(FWLEARN_TEST_DATA "/calendar-next-runs.tsv");
    std::set<std::string> taken;
    std::set<std::string> refused;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) {
            continue;
        }
        CAPTURE(line);
        const auto columns = columns_of(line);
        const auto expression = CalendarExpression::parse(columns.front());
        if (columns.size() == 1) {
            CHECK_FALSE(expression);
            refused.insert(line);
            continue;
        }
        REQUIRE(columns.size() == 5);
        REQUIRE(expression);
        std::optional<LocalSecond> at = second_of(columns[1]);
        for (std::size_t run = 2; run < columns.size(); ++run) {
            at = expression->next(*at);
            REQUIRE(at.has_value() == (columns[run] != "-"));
            if (!at) {
                break;
            }
            CHECK(*at == second_of(columns[run]));
        }
        taken.insert(columns.front());
    }
    MESSAGE(taken.size() << " expressions, " << refused.size() << " that systemd refuses");
    CHECK(taken.size() >= 400);
    CHECK(refused.size() >= 100);
}

TEST_CASE("a zone behind it is told and not applied") {
    const auto berlin = CalendarExpression::parse("Mon 03:00 Europe/Berlin");
    REQUIRE(berlin);
    CHECK(berlin->time_zone() == "Europe/Berlin");
    CHECK(berlin->next(second_of("2026-11-25 00:00:00")) == second_of("2026-11-30 03:00:00"));
    CHECK(CalendarExpression::parse("daily utc")->time_zone() == "UTC");
    CHECK(CalendarExpression::parse("daily")->time_zone().empty());
    CHECK(CalendarExpression::parse("*-*-* 10:00 Etc/GMT+3")->time_zone() == "Etc/GMT+3");
    CHECK(CalendarExpression::parse("@1395716396")->time_zone() == "UTC");
    CHECK_FALSE(CalendarExpression::parse(" UTC"));
    CHECK_FALSE(CalendarExpression::parse(""));
    CHECK_FALSE(CalendarExpression::parse("Mon, Tue")); // a weekday is no zone
}

TEST_CASE("fractions of a second are dropped") {
    CHECK(next("*-*-* 03:10:00.5", "2026-11-25 00:00:00") == second_of("2026-11-25 03:10:00"));
    CHECK(next("*:*:0/0.25", "2026-11-25 00:00:00") == second_of("2026-11-25 00:00:01"));
    CHECK(next("*:*:0.5/30", "2026-11-25 00:00:00") == second_of("2026-11-25 00:00:30"));
}

TEST_CASE("what comes no more is told") {
    CHECK_FALSE(next("*-02-31", "2026-11-25 00:00:00"));
    CHECK_FALSE(next("2003-03-05 05:40", "2026-11-25 00:00:00"));
    CHECK_FALSE(next("yearly", "2199-12-31 23:59:59"));
    CHECK(next("2199-12-31", "2026-11-25 00:00:00") == second_of("2199-12-31 00:00:00"));
    CHECK(next("yearly", "1066-10-14 09:00:00") == second_of("1970-01-01 00:00:00"));
}
