// What is told of who sends without being held against him: flags by where a program lies, what it is called,
// and who started it.
#include "suspicion_cases.hpp"

using namespace fwlearn;
using namespace fwlearn::analyzer::suspicion_test;
using analyzer::Suspicion;

TEST_CASE("what may be somebody's own stays, and is flagged") {
    const auto deleted = with(&model::Process::deleted);
    using Files = std::vector<model::ProgramFile>;
    const std::vector<Case> cases{
        {"a user's program",
         "/home/bob/bin/x",
         "",
         {},
         TaskKind::session,
         {},
         Files{file("/home/bob/bin/x", 1000, "", false, true)},
         "home, unpackaged"},
        {"a user's script",
         "/usr/bin/python3",
         "/home/bob/x.py",
         {},
         TaskKind::cron,
         {},
         Files{file("/home/bob/x.py", 1000, "", false, true)},
         "home, unpackaged"},
        {"root's script at home",
         "/usr/bin/dash",
         "/root/backup.sh",
         {},
         TaskKind::cron,
         {},
         Files{file("/root/backup.sh", 0, "", false, true)},
         "home"},
        {"a home in a record that says nothing of files", "/root/x", "", {}, TaskKind::cron, {}, {}, "home"},
        {"what a web server wrote",
         "/var/www/html/x",
         "",
         {},
         TaskKind::service,
         {},
         Files{file("/var/www/html/x", 33)},
         "unpackaged"},
        {"a package's program that is not root's",
         "/usr/lib/news/bin/x",
         "",
         {},
         TaskKind::service,
         {},
         Files{file("/usr/lib/news/bin/x", 9, "inn2")},
         ""},
        {"a script from some folder",
         "/usr/bin/python3",
         "manage.py",
         {},
         TaskKind::service,
         {},
         {},
         "unpackaged"},
        {"a script that is gone",
         "/usr/bin/dash",
         "/opt/x.sh",
         {},
         TaskKind::service,
         {},
         Files{file("/opt/x.sh", std::nullopt)},
         "unpackaged"},
        {"[kworker/0:1]",
         "/usr/bin/x",
         "",
         {},
         TaskKind::service,
         called("x", "[kworker/0:1]"),
         {},
         "kernel thread's name"},
        {"[anything] with arguments",
         "/usr/bin/x",
         "",
         {},
         TaskKind::service,
         called("x", "[kjournald2] -o pool"),
         {},
         "kernel thread's name"},
        {"kworker by its short name",
         "/usr/bin/x",
         "",
         {},
         TaskKind::service,
         called("kworker/u8:2", "x"),
         {},
         "kernel thread's name"},
        {"nginx, upgraded",
         "/usr/sbin/nginx",
         "",
         {},
         TaskKind::service,
         deleted,
         Files{file("/usr/sbin/nginx", 0, "nginx")},
         "upgraded"},
        {"a package's program in the middle of an upgrade",
         "/usr/sbin/nginx",
         "",
         {},
         TaskKind::service,
         deleted,
         Files{file("/usr/sbin/nginx", std::nullopt, "nginx")},
         "upgraded"},
        {"root's program, deployed anew",
         "/opt/app/app",
         "",
         {},
         TaskKind::service,
         deleted,
         Files{file("/opt/app/app")},
         "upgraded"},
        {"upgraded, and nobody looked", "/usr/sbin/sshd", "", {}, TaskKind::service, deleted, {}, "upgraded"},
        {"a web server's shell",
         "/usr/bin/dash",
         "",
         {"/usr/sbin/nginx", "/usr/sbin/nginx"},
         TaskKind::service,
         {},
         {},
         "shell below service"},
        {"what such a shell starts",
         "/usr/bin/curl",
         "",
         {"/usr/bin/bash", "/usr/sbin/apache2"},
         TaskKind::service,
         {},
         Files{file("/usr/bin/curl", 0, "curl")},
         "shell below service"},
        {"PHP's shell's Python",
         "/usr/bin/python3.11",
         "",
         {"/usr/bin/dash", "/usr/sbin/php-fpm8.2"},
         TaskKind::service,
         {},
         {},
         "shell below service"},
        {"env between them hides nothing",
         "/usr/bin/busybox",
         "",
         {"/usr/bin/env", "/usr/sbin/apache2"},
         TaskKind::service,
         {},
         {},
         "shell below service"},
        {"postfix's pipe",
         "/usr/bin/perl",
         "/usr/local/bin/filter",
         {"/usr/lib/postfix/sbin/pipe", "/usr/lib/postfix/sbin/master"},
         TaskKind::service,
         {},
         Files{file("/usr/local/bin/filter")},
         "shell below service"},
    };
    check(cases);
}

TEST_CASE("a shell below a program says nothing where no service begins") {
    model::Record record;
    model::Process process;
    process.exe = ForeignText("/usr/bin/dash");
    process.ancestors = {ForeignText("/usr/sbin/nginx")};
    for (const auto& [unit, expected] : std::vector<std::pair<std::string, std::string>>{
             {"", ""}, {"run-*.scope", ""}, {"nginx.service", "shell below service"}}) {
        const auto& where = unit;
        CAPTURE(where);
        process.unit = ForeignText(where);
        auto flow = flow_at({0}, {1});
        flow.key.process = record.identities.add(process);
        flow.key.task = record.identities.add({TaskKind::service, ForeignText("nginx")});
        CHECK(verdict(Suspicion(record), flow.key) == expected);
    }
}

TEST_CASE("a program that was not looked at is flagged where others were, and never thought better of") {
    for (const bool others : {true, false}) {
        model::Record record;
        if (others) {
            record.programs = {file("/usr/bin/curl", 0, "curl")};
        }
        auto flow = flow_at({0}, {1});
        model::Process process;
        process.exe = ForeignText("/opt/agent/agent");
        flow.key.process = record.identities.add(process);
        auto contained = flow;
        process.contained = true;
        contained.key.process = record.identities.add(process);
        record.flows = {flow, contained};
        const Suspicion suspicion(record);
        CHECK(verdict(suspicion, flow.key) == (others ? "unpackaged" : ""));
        CHECK(verdict(suspicion, contained.key) == "");
    }
}
