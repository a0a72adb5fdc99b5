// Is the text of schedules understood as systemd, cron, anacron, run-parts and at understand it?
#include <anacrontab.hpp>
#include <at_job.hpp>
#include <crontab.hpp>
#include <doctest/doctest.h>
#include <run_parts.hpp>
#include <time_span.hpp>

using namespace fwlearn;
using namespace fwlearn::collector::host;
using namespace std::chrono_literals;

TEST_CASE("time spans are those of systemd.time(7)") {
    struct Row {
        const char* text;
        std::chrono::microseconds span;
    };
    for (const auto& [text, span] : std::vector<Row>{{"2 h", 2h},
                                                     {"2hours", 2h},
                                                     {"48hr", 48h},
                                                     {"1y 12month", 31557600s + 12 * 2629800s},
                                                     {"55s500ms", 55s + 500ms},
                                                     {"300ms20s 5day", 300ms + 20s + 120h},
                                                     {"5min 30s", 330s},
                                                     {"5 m", 5min},
                                                     {"1M", 2629800s},
                                                     {"90", 90s},
                                                     {"0", 0s},
                                                     {"  12  ", 12s},
                                                     {"1.5h", 90min},
                                                     {".5s", 500ms},
                                                     {"2w", 336h},
                                                     {"7us", 7us},
                                                     {"7\xc2\xb5s", 7us},
                                                     {"1 2", 3s},
                                                     {"infinity", std::chrono::microseconds::max()},
                                                     {"99999999999999y", std::chrono::microseconds::max()}}) {
        const auto& shown = text;
        CAPTURE(shown);
        CHECK(parse_time_span(text) == span);
    }
    for (const auto* text : {"", " ", "x", "-5s", "5 parsecs", "5s x", ".", "5..s", "infinity 5", "h"}) {
        CAPTURE(text);
        CHECK(!parse_time_span(text));
    }
}

TEST_CASE("one mistake in a crontab makes cron pass over all of it") {
    const auto refused = [](const std::string& text, bool of_user = false) {
        return read_crontab(text, model::ForeignText("/x"),
                            of_user ? std::optional(model::ForeignText("ann")) : std::nullopt)
            .refused;
    };
    CHECK(!refused(""));
    CHECK(!refused("# only words"));
    CHECK(!refused("A=b\n \t\n@daily root x\n"));
    CHECK(!refused("A = 'b c' \n\"D E\"=f\n5 4 * * sun root x\n"));
    CHECK(refused("A=b"));
    CHECK(refused("@daily root x"));
    CHECK(refused("61 * * * * root x\n"));
    CHECK(refused("@fortnightly root x\n"));
    CHECK(refused("* * * * * root\n"));
    CHECK(refused("A B=c\n"));
    CHECK(refused("A='b\n"));
    CHECK(refused("A='b' c\n"));
    CHECK(refused("every day\n"));
    CHECK(refused("* * * * * root " + std::string(1000, 'x') + "\n"));
    CHECK(!refused("* * * * * root " + std::string(900, 'x') + "\n"));
    CHECK(!refused("* * * * * * x\n")); // a user of this name
    CHECK(refused("* * * * * * x\n", true));
    CHECK(!refused("* * * * * x\n", true));
}

TEST_CASE("cronie passes over lines and not over files, and chooses some minutes by chance") {
    const auto crontab =
        read_crontab("0~59 4 * * * a\n61 * * * * b\n~ 2~4,6 1~31 * ~ c\n9~3 * * * * d\n0~9/2 * * * * e\n"
                     "what is this\n@daily f\n5 * * * * g",
                     model::ForeignText("/x"), model::ForeignText("ann"), CronProgram::cronie);
    CHECK(!crontab.refused);
    REQUIRE(crontab.lines.size() == 7);
    CHECK(crontab.lines[0].when == "0~59 4 * * *");
    CHECK(crontab.lines[0].earliest == "0 4 * * *");
    CHECK(crontab.lines[0].chance == 59min);
    CHECK(crontab.lines[0].taken);
    CHECK(!crontab.lines[1].taken);
    CHECK(crontab.lines[2].earliest == "0 2,6 1 * 0");
    CHECK(crontab.lines[2].chance == 59min + 2h + 24h * (30 + 6));
    CHECK(crontab.lines[3].chance == 0s);
    CHECK(crontab.lines[4].chance == 0s);
    CHECK(crontab.lines[5].when == "@daily");
    CHECK(crontab.lines[5].taken);
    CHECK(!crontab.lines[6].taken); // without an end
}

TEST_CASE("a crontab's lines have their times and the time zone that is written above them") {
    const auto crontab = read_crontab("@daily root a\nCRON_TZ=Asia/Tokyo\n17 *\t* * *   root b\n"
                                      "CRON_TZ = \"UTC\"\n61 * * * * root c\nCRON_TZ=\n1 2 3 4 5 root d\n",
                                      model::ForeignText("/x"), std::nullopt);
    REQUIRE(crontab.lines.size() == 4);
    CHECK(crontab.lines[0].when == "@daily");
    CHECK(crontab.lines[0].zone.empty());
    CHECK(crontab.lines[1].when == "17 * * * *");
    CHECK(crontab.lines[1].zone == "Asia/Tokyo");
    CHECK(crontab.lines[2].when == "61 * * * *");
    CHECK(crontab.lines[2].zone == "UTC");
    CHECK(crontab.lines[3].zone.empty());
    CHECK(crontab.lines[3].job.line == 7);
}

TEST_CASE("an anacrontab's jobs have period, delay and command") {
    const auto jobs =
        read_anacrontab("# x\nSHELL=/bin/sh\n1 5 cron.daily run-parts --report /etc/cron.daily \n"
                        "@monthly 15\tm\ta b  c\n@yearly 0 y y X=z\nRANDOM_DELAY=45\n"
                        "START_HOURS_RANGE=3-22\n @weekly 10 w \\\n  w\n"
                        "@daily 1 d d\n9 9 only-three\nx 1 a b\n1 x a b\n1 1 a/b c\n"
                        "99999999999 1 a b\n@fortnightly 1 a b\n3 4 last z");
    REQUIRE(jobs.size() == 6);
    CHECK(jobs[0].line == 3);
    CHECK(jobs[0].when == "1 5");
    CHECK(jobs[0].days == 1);
    CHECK(jobs[0].delay_minutes == 5);
    CHECK(jobs[0].identifier == "cron.daily");
    CHECK(jobs[0].command == "run-parts --report /etc/cron.daily ");
    CHECK(jobs[1].period == AnacronPeriod::month);
    CHECK(jobs[1].command == "a b  c");
    CHECK(jobs[2].period == AnacronPeriod::year);
    CHECK(jobs[2].command == "y X=z");
    CHECK(jobs[3].line == 8);
    CHECK(jobs[3].days == 7);
    CHECK(jobs[3].delay_minutes == 55);
    CHECK(jobs[3].first_hour == 3);
    CHECK(jobs[4].line == 10);
    CHECK(jobs[5].identifier == "last");
    CHECK(jobs[5].command == "z");
}

TEST_CASE("a command that runs a folder's scripts is told from one that does more, or less") {
    struct Row {
        const char* command;
        const char* folder;
        const char* unless = "";
        bool alone = true;
    };
    for (const auto& [command, folder, unless, alone] :
         std::vector<Row>{{"cd / && run-parts --report /etc/cron.hourly", "/etc/cron.hourly"},
                          {"test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }",
                           "/etc/cron.daily", "/usr/sbin/anacron"},
                          {"[ -x /usr/sbin/anacron ] || ( cd / && run-parts /etc/cron.weekly )",
                           "/etc/cron.weekly", "/usr/sbin/anacron"},
                          {"run-parts /etc/cron.daily/", "/etc/cron.daily"},
                          {"nice -n 19 /usr/bin/run-parts --arg x -u 022 '/srv/my jobs'", "/srv/my jobs"},
                          {"[ -x /bin/run-parts ] && run-parts /x", "/x"},
                          {"run-parts /x; mail -s done root", "/x", "", false},
                          {"backup && run-parts /x", "/x", "", false},
                          {"run-parts --test /etc/cron.daily", ""},
                          {"run-parts --list --report /x", ""},
                          {"run-parts cron.daily", ""},
                          {"run-parts", ""},
                          {"run-parts --arg", ""},
                          {"/usr/local/bin/my-run-parts /x", ""},
                          {"", ""},
                          {"'", ""}}) {
        const auto& shown = command;
        CAPTURE(shown);
        const auto runs = run_parts_in(command);
        CHECK(runs.has_value() == (folder[0] != '\0'));
        if (runs) {
            CHECK(runs->folder == folder);
            CHECK(runs->unless == unless);
            CHECK(runs->alone == alone);
        }
    }
}

TEST_CASE("a job of at is known by its file's name, and shown without its environment") {
    const auto job = at_job("a0000301c7f046");
    REQUIRE(job);
    CHECK(job->queue == 'a');
    CHECK(job->number == 3);
    CHECK(model::to_rfc3339(job->due) == "2026-10-24T06:30:00.000Z");
    CHECK(at_job("Zfffffffffffff")->number == 0xfffff);
    for (const auto* name : {"", "a", "=0000301c7f046", ".SEQ", "a0000301c7f04", "a0000301c7f0466",
                             "a00003-1c7f046", "a0000301c7g046", "10000301c7f046"}) {
        CAPTURE(name);
        CHECK(!at_job(name));
    }
    const std::string own =
        "#!/bin/sh\n# atrun uid=0 gid=0\n# mail root 0\numask 22\nKEY=secret; export KEY\n"
        "cd /root || {\n\t echo 'Execution directory inaccessible' >&2\n\t exit 1\n}\n";
    CHECK(at_command(own + "one  two\n\n  three\n") == "one  two; three");
    CHECK(at_command(own).empty());
    CHECK(at_command("#!/bin/sh\nKEY=secret\none\n").empty());
    CHECK(at_command(own.substr(1) + "x\n").empty());
}
