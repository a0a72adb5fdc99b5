#include <model/errors.hpp>

#include <cli/time_argument.hpp>
#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

using namespace fwlearn;
using namespace std::chrono_literals;

TEST_CASE("durations are what systemd.time takes") {
    CHECK(cli::parse_duration("30s") == 30s);
    CHECK(cli::parse_duration("500ms") == 500ms);
    CHECK(cli::parse_duration("1h 30min") == 90min);
    CHECK(cli::parse_duration("2h30m") == 150min);
    CHECK(cli::parse_duration("2 days") == 48h);
    CHECK(cli::parse_duration(" 1w ") == 168h);
    for (const auto* text :
         {"", "30", "s", "-5s", "0s", "1.5h", "5 parsecs", "99999999999s", "4000000000y", "1h\n;x"}) {
        CHECK_THROWS_AS((void)cli::parse_duration(text), model::UsageError);
    }
}

TEST_CASE("times are what journalctl takes") {
    setenv("TZ", "UTC", 1);
    tzset();
    const auto now = *model::parse_rfc3339("2026-11-23T07:02:08.500Z");
    const auto time = [now](const char* text) { return model::to_rfc3339(cli::parse_time(text, now)); };
    CHECK(time("now") == "2026-11-23T07:02:08.500Z");
    CHECK(time("today") == "2026-11-23T00:00:00.000Z");
    CHECK(time("yesterday") == "2026-11-22T00:00:00.000Z");
    CHECK(time("tomorrow") == "2026-11-24T00:00:00.000Z");
    CHECK(time("2 days ago") == "2026-11-21T07:02:08.500Z");
    CHECK(time("-2h") == "2026-11-23T05:02:08.500Z");
    CHECK(time("+5min") == "2026-11-23T07:07:08.500Z");
    CHECK(time("@86400") == "1970-01-02T00:00:00.000Z");
    CHECK(time("2026-11-01") == "2026-11-01T00:00:00.000Z");
    CHECK(time("2026-11-01 12:30") == "2026-11-01T12:30:00.000Z");
    CHECK(time("2026-11-01 12:30:45") == "2026-11-01T12:30:45.000Z");
    CHECK(time("26-11-01") == "2026-11-01T00:00:00.000Z");
    CHECK(time("12:30") == "2026-11-23T12:30:00.000Z");
    CHECK(time("2026-11-01T12:30:45+02:00") == "2026-11-01T10:30:45.000Z");
    for (const auto* text : {"", "soon", "2026-13-01", "2026-02-30", "25:00", "@", "@-1", "@99999999999999",
                             "ago", "days ago", "-", "2026-11-01x"}) {
        CHECK_THROWS_AS((void)cli::parse_time(text, now), model::UsageError);
    }
}
