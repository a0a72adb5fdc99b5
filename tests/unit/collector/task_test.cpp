// Is the task behind a process named as an administrator would name it?
#include <collector/process/identity.hpp>
#include <collector/process/task.hpp>
#include <model/vocabulary.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

using namespace fwlearn;
using namespace fwlearn::collector;
using process::Lineage;
using process::Program;

namespace {

Program program(const char* exe, std::initializer_list<const char*> arguments = {}, std::uint32_t uid = 0) {
    Program result;
    result.exe = model::ForeignText(exe);
    result.uid = uid;
    for (const auto* argument : arguments) {
        result.arguments.emplace_back(argument);
    }
    return result;
}

Lineage lineage(const char* cgroup, std::vector<Program> chain) {
    Lineage result;
    result.cgroup = model::ForeignText(cgroup);
    result.process = chain.front();
    result.ancestors.assign(chain.begin() + 1, chain.end());
    return result;
}

/// Schedules come from files alone.
host::Schedules schedules() {
    std::string name = (std::filesystem::temp_directory_path() / "fwlearn-task-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    const std::filesystem::path root = name;
    std::filesystem::create_directories(root / "etc/cron.d");
    std::filesystem::create_directories(root / "lib/systemd/system");
    std::ofstream(root / "etc/cron.d/backup") << "# backup\n0 3 * * * root /usr/local/bin/backup --all\n";
    std::ofstream(root / "etc/cron.d/quoted") << "0 3 * * * root send 7004 'a b'\n";
    std::filesystem::create_directories(root / "var/spool/cron/crontabs");
    std::ofstream(root / "var/spool/cron/crontabs/alice") << "@daily /home/alice/sync\n";
    std::ofstream(root / "etc/anacrontab") << "A=b\n7 10 backup backup-all\n";
    std::ofstream(root / "lib/systemd/system/apt-daily.timer") << "[Timer]\nOnCalendar=daily\n";
    std::ofstream(root / "lib/systemd/system/anacron.timer") << "[Timer]\nOnCalendar=hourly\n";
    auto result = host::Schedules::read(root);
    std::filesystem::remove_all(root);
    return result;
}

std::string words(const model::Task& task) {
    return std::string(model::to_word(task.kind)) + "|" + task.name.raw_bytes();
}

const Program curl = program("/usr/bin/curl", {"curl", "https://example.org/"});
const Program bash = program("/usr/bin/bash", {"-bash"});
const Program cron = program("/usr/sbin/cron", {"/usr/sbin/cron", "-f"});
const Program sshd = program("/usr/sbin/sshd", {"sshd: bob@pts/0"});

} // namespace

TEST_CASE("a task is named by container, timer, cron job, session, unit or topmost ancestor, in this order") {
    const auto known = schedules();
    const auto sh = [](const char* command) { return program("/usr/bin/dash", {"/bin/sh", "-c", command}); };
    auto logged_in = lineage("/user.slice/user-1000.slice/session-7.scope", {curl, bash, sshd});
    logged_in.login_uid = 1000;
    auto renamed = program("/home/bob/evil");
    renamed.comm = model::ForeignText("CRON");
    auto nameless_cron = program("");
    nameless_cron.comm = model::ForeignText("CRON");
    auto deleted_cron = cron;
    deleted_cron.deleted = true;
    struct Row {
        Lineage who;
        const char* task;
    };
    for (const auto& [who, task] : std::vector<Row>{
             {lineage("/system.slice/nginx.service", {curl}), "service|nginx.service"},
             {lineage("/system.slice/system-foo.slice/foo@a.service", {curl}), "service|foo@a.service"},
             {lineage("/system.slice/apt-daily.service", {curl, program("/usr/bin/apt-get")}),
              "timer|apt-daily.timer"},
             {lineage("/system.slice/"
                      "docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope",
                      {curl}),
              "container|0123456789ab"},
             {lineage("/machine.slice/libpod-0123456789abcdef0123456789abcdef.scope/container", {curl}),
              "container|0123456789ab"},
             {lineage("/machine.slice/machine-web\\x2dshop.scope/payload/system.slice/cron.service",
                      {curl, cron}),
              "container|web-shop"},
             {lineage("/machine.slice/systemd-nspawn@db.service/payload", {curl}), "container|db"},
             {lineage("/lxc.payload.mail/system.slice/x.service", {curl}), "container|mail"},
             {lineage("/docker/0123456789abcdef0123456789abcdef", {curl}), "container|0123456789ab"},
             {lineage("/system.slice/cron.service", {curl, sh("/usr/local/bin/backup --all"), cron, cron}),
              "cron|/etc/cron.d/backup:2"},
             {lineage("/system.slice/cron.service",
                      {program("/usr/local/bin/backup", {"/usr/local/bin/backup", "--all"}), cron, cron}),
              "cron|/etc/cron.d/backup:2"},
             {lineage("/system.slice/cron.service", {curl, sh("curl -u bob:secret https://x/"), cron}),
              "cron|curl -u bob:*** https://x/"},
             {lineage("/system.slice/cron.service",
                      {curl, program("/usr/bin/dash", {"/bin/sh", "/etc/cron.daily/apt-compat"}),
                       program("/usr/bin/run-parts", {"run-parts", "--report", "/etc/cron.daily"}),
                       sh("cd / && run-parts --report /etc/cron.daily"), cron}),
              "cron|/etc/cron.daily/apt-compat"},
             {lineage("/system.slice/cron.service", {program("/etc/cron.daily/binary"),
                                                     program("/usr/bin/run-parts"), sh("run-parts x"), cron}),
              "cron|/etc/cron.daily/binary"},
             {lineage("/system.slice/cron.service", {cron}), "service|cron"},
             {lineage("/system.slice/atd.service",
                      {curl, program("/usr/bin/dash", {"sh"}, 1000), program("/usr/sbin/atd")}),
              "cron|at job of uid 1000"},
             {lineage("/user.slice/user-0.slice/session-3.scope",
                      {curl, sh("/usr/local/bin/backup --all"), cron}),
              "cron|/etc/cron.d/backup:2"},
             {lineage("/system.slice/cron.service", {curl, sh("x"), nameless_cron}), "cron|x"},
             {lineage("/system.slice/cron.service", {curl, renamed}), "service|cron.service"},
             {lineage("/system.slice/cron.service", {curl, sh("x"), deleted_cron}), "service|cron.service"},
             {lineage("/system.slice/shop.service", {curl, renamed}), "service|shop.service"},
             {logged_in, "session|ssh, uid 1000"},
             {lineage("/user.slice/user-0.slice/session-1.scope", {curl, bash, program("/usr/bin/login")}),
              "session|tty, uid 0"},
             {lineage("/user.slice/user-0.slice/session-1.scope",
                      {curl, bash, program("/usr/bin/sudo"), bash}),
              "session|sudo, uid 0"},
             {lineage("/user.slice/user-0.slice/session-1.scope", {curl}), "session|login, uid 0"},
             {lineage("/user.slice/user-5.slice/user@5.service/app.slice/sync.service",
                      {program("/x", {}, 5)}),
              "service|sync.service (uid 5)"},
             {lineage("/user.slice/user-5.slice/user@5.service/app.slice/apt-daily.service",
                      {program("/x", {}, 5)}),
              "service|apt-daily.service (uid 5)"},
             {lineage("/system.slice/odd.scope", {curl}), "service|odd.scope"},
             {lineage("/init.scope", {curl, bash, program("/usr/sbin/mydaemon")}),
              "service|/usr/sbin/mydaemon"},
             {lineage("/", {curl, sh("x y"), cron}), "cron|x y"},
             {lineage("/", {curl}), "service|/usr/bin/curl"},
             {lineage("/", {program("")}), "unknown|"},
             {lineage("", {curl}), "service|/usr/bin/curl"},
             {lineage("//system.slice//a.service//", {curl}), "service|a.service"},
             {lineage("/../.service", {curl}), "service|.service"},
             {lineage("/system.slice/a\nb\"x.service", {curl}), "service|a\nb\"x.service"},
             {lineage("/system.slice/docker-.scope", {curl}), "service|docker-.scope"},
         }) {
        const auto& shown = who.cgroup.raw_bytes();
        CAPTURE(shown);
        CHECK(words(process::task_of(who, known)) == task);
    }
    CHECK(words(process::task_of(lineage(("/" + std::string(4096, 'x') + ".service").c_str(), {curl}), known))
              .size() > 4096);
}

TEST_CASE("a service of a user's manager is attributed to his own timer, which carries his number") {
    std::string name = (std::filesystem::temp_directory_path() / "fwlearn-task-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    const std::filesystem::path root = name;
    const auto write = [&root](const char* path, const char* text) {
        std::filesystem::create_directories((root / path).parent_path());
        std::ofstream(root / path) << text;
    };
    write("etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n"
                        "ben:x:1001:1001::/home/ben:/bin/sh\n");
    write("home/ann/.config/systemd/user/mirror.timer", "[Timer]\nOnCalendar=daily\nUnit=copy.service\n");
    write("home/ann/.config/systemd/user/nginx.timer", "[Timer]\nOnCalendar=daily\n");
    write("home/ben/.config/systemd/user/mine.timer", "[Timer]\nOnCalendar=daily\n");
    write("usr/lib/systemd/user/clean.timer", "[Timer]\nOnCalendar=daily\n");
    write("lib/systemd/system/apt-daily.timer", "[Timer]\nOnCalendar=daily\n");
    const auto known = host::Schedules::read(root);
    std::filesystem::remove_all(root);
    const auto task = [&](const char* uid, const char* unit) {
        const auto cgroup = std::string("/user.slice/user@") + uid + ".service/app.slice/" + unit;
        return words(process::task_of(lineage(cgroup.c_str(), {curl}), known));
    };
    CHECK(task("1000", "copy.service") == "timer|mirror.timer (uid 1000)");
    CHECK(task("1000", "clean.service") == "timer|clean.timer (uid 1000)");
    CHECK(task("1000", "nginx.service") == "timer|nginx.timer (uid 1000)");
    CHECK(task("1000", "apt-daily.service") == "service|apt-daily.service (uid 1000)");
    CHECK(task("1001", "copy.service") == "service|copy.service (uid 1001)");
    CHECK(task("1001", "mine.service") == "timer|mine.timer (uid 1001)");
    CHECK(task("1001", "clean.service") == "timer|clean.timer (uid 1001)");
    CHECK(task("99999999999", "clean.service") == "service|clean.service (uid 99999999999)");
    CHECK(words(process::task_of(lineage("/system.slice/nginx.service", {curl}), known)) ==
          "service|nginx.service");
}

TEST_CASE("what a user may name himself is never taken for what root runs") {
    const auto known = schedules();
    const auto backup = program("/usr/bin/dash", {"/bin/sh", "-c", "/usr/local/bin/backup --all"}, 1000);
    const auto bobs = [&](const char* cgroup, Program above) {
        return words(process::task_of(lineage(cgroup, {backup, std::move(above)}), known));
    };
    const char* session = "/user.slice/user-1000.slice/session-3.scope";
    const std::string manager = "/user.slice/user-1000.slice/user@1000.service";
    const auto below_manager = [&](const char* rest) { return bobs((manager + rest).c_str(), bash); };
    auto comm_only = program("", {}, 1000);
    comm_only.comm = model::ForeignText("cron");

    // Programs: his own cron, one mounted over the real path in a namespace of his own, one without a path.
    CHECK(bobs(session, program("/home/bob/cron", {}, 1000)) == "session|login, uid 1000");
    CHECK(bobs(session, program("/home/bob/cron")) == "session|login, uid 1000");
    CHECK(bobs(session, program("/usr/sbin/cron", {}, 1000)) == "session|login, uid 1000");
    CHECK(bobs(session, program("/usr/sbin/atd", {}, 1000)) == "session|login, uid 1000");
    CHECK(bobs(session, comm_only) == "session|login, uid 1000");
    // His crontab may say the same as root's.
    CHECK(bobs(session, cron) == "cron|/usr/local/bin/backup --all (uid 1000)");
    // Cgroups below his manager.
    CHECK(below_manager("/app.slice/cron.service") == "service|cron.service (uid 1000)");
    CHECK(below_manager("/app.slice/nginx.scope") == "service|nginx.scope (uid 1000)");
    CHECK(below_manager("/app.slice/machine-db.scope") == "service|machine-db.scope (uid 1000)");
    CHECK(below_manager("/machine.slice/systemd-nspawn@db.service") ==
          "service|systemd-nspawn@db.service (uid 1000)");
    CHECK(below_manager("/docker/web/x.service") == "service|x.service (uid 1000)");
    CHECK(below_manager("/lxc/web/x.service") == "service|x.service (uid 1000)");
    CHECK(below_manager("/kubepods/podx/y/x.service") == "service|x.service (uid 1000)");
    CHECK(below_manager("/user.slice/libpod-0123456789abcdef0123456789abcdef.scope") ==
          "container|0123456789ab (uid 1000)");
    CHECK(below_manager("/user@0.service/x.service") == "service|x.service (uid 1000)");
    // The user is the manager's, whatever the process has become.
    CHECK(words(process::task_of(
              lineage((manager + "/app.slice/x.service").c_str(), {program("/usr/bin/sudo")}), known)) ==
          "service|x.service (uid 1000)");
    CHECK(below_manager("/init.scope") == "service|user@1000.service");
    CHECK(below_manager("") == "service|user@1000.service");
    // Cgroups that are so many, or so long, that nothing is left of what is above them.
    for (const auto* end :
         {"/apt-daily.service", "/cron.service", "/nginx.scope", "/machine.slice/machine-db.scope",
          "/libpod-0123456789abcdef0123456789abcdef.scope", "/session-3.scope", ""}) {
        const auto cut = std::string("...") + end;
        CAPTURE(cut);
        CHECK(bobs(cut.c_str(), cron) == "unknown|");
    }
    // Cgroups below a service of the system's that is his (Delegate=).
    CHECK(bobs("/system.slice/bobs.service/apt-daily.service", bash) == "service|bobs.service");
    CHECK(bobs("/system.slice/bobs.service/session-3.scope", sshd) == "service|bobs.service");
}

TEST_CASE("what a user's crontab runs has no name of another's, whatever it calls itself") {
    const auto known = schedules();
    const auto of_user = [&](std::vector<Program> chain) {
        chain.push_back(cron);
        return words(process::task_of(lineage("/system.slice/cron.service", std::move(chain)), known));
    };
    for (const auto* name : {"/etc/cron.monthly/invoice", "/etc/crontab:3", "at job of uid 0"}) {
        CHECK(of_user({program("/home/mallory/x", {name}, 1234)}) ==
              std::string("cron|") + name + " (uid 1234)");
        CHECK(of_user({program("/usr/bin/curl", {"curl"}, 1234),
                       program("/usr/bin/dash", {"sh", "-c", name}, 1234)}) ==
              std::string("cron|") + name + " (uid 1234)");
    }
    const auto script = program("/home/mallory/x", {"x", "/etc/cron.monthly/invoice"}, 1234);
    const auto shell = program("/usr/bin/dash", {"sh", "-c", "run-parts /home/mallory/y"}, 1234);
    CHECK(of_user({script, program("/usr/bin/run-parts", {"run-parts", "/home/mallory/y"}, 1234), shell}) ==
          "cron|/etc/cron.monthly/invoice (uid 1234)");
    CHECK(of_user({script, program("/home/mallory/run-parts", {"run-parts"}, 1234), shell}) ==
          "cron|run-parts /home/mallory/y (uid 1234)");
}

TEST_CASE("a shell that has become its line's only command is that line, quotes and all") {
    const auto known = schedules();
    const auto job = [&](std::initializer_list<const char*> arguments) {
        return words(process::task_of(
            lineage("/system.slice/cron.service", {program("/usr/local/bin/send", arguments), cron}), known));
    };
    CHECK(job({"send", "7004", "a b"}) == "cron|/etc/cron.d/quoted:1");
    CHECK(job({"send", "7004", "a", "b"}) == "cron|send 7004 a b");
    CHECK(job({"send", "7004"}) == "cron|send 7004");
}

TEST_CASE("cron's jobs are told apart by what cron started, and by whether it is root's") {
    const auto known = schedules();
    const auto sh = [](const char* command, std::uint32_t uid = 0) {
        return program("/usr/bin/dash", {"/bin/sh", "-c", command}, uid);
    };
    const auto run_parts = program("/usr/bin/run-parts", {"run-parts", "--report", "/etc/cron.daily"});
    const auto script = program("/usr/bin/dash", {"/bin/sh", "-e", "/etc/cron.daily/apt-compat"});
    const auto anacron = program("/usr/sbin/anacron", {"/usr/sbin/anacron", "-d", "-q", "-s"});
    const auto job = [&](const char* unit, std::vector<Program> chain) {
        return words(process::task_of(lineage(unit, std::move(chain)), known));
    };
    const char* cron_unit = "/system.slice/cron.service";
    // A job that uses run-parts for itself stays that job.
    CHECK(job(cron_unit, {program("/etc/backup.d/x"), run_parts, program("/usr/local/bin/backup"),
                          sh("/usr/local/bin/backup --all"), cron}) == "cron|/etc/cron.d/backup:2");
    CHECK(job(cron_unit, {run_parts, sh("cd / && run-parts --report /etc/cron.daily"), cron}) ==
          "cron|cd / && run-parts --report /etc/cron.daily");
    CHECK(job(cron_unit, {curl, script, run_parts, cron}) == "cron|/etc/cron.daily/apt-compat");
    CHECK(job("/system.slice/anacron.service",
              {curl, script, run_parts, sh("run-parts --report /etc/cron.daily"), anacron}) ==
          "cron|/etc/cron.daily/apt-compat");
    // anacron as cron's own child: the last of them counts.
    CHECK(job(cron_unit, {curl, script, run_parts, sh("run-parts --report /etc/cron.daily"), anacron,
                          sh("test -x /usr/sbin/anacron"), cron}) == "cron|/etc/cron.daily/apt-compat");
    CHECK(job(cron_unit, {curl, sh("/home/alice/sync", 1000), cron}) ==
          "cron|/var/spool/cron/crontabs/alice:1");
    CHECK(job(cron_unit, {curl, sh("/home/alice/sync"), cron}) == "cron|/home/alice/sync");
    CHECK(job("/system.slice/atd.service", {curl, program("/usr/bin/dash", {"sh"}, 1000),
                                            program("/usr/sbin/atd", {}, 1)}) == "cron|at job of uid 1000");
    CHECK(job("/", {curl, sh("x\ny"), cron}) == "cron|x\ny");
    // anacron itself is what its timer runs; its jobs are its own.
    CHECK(job("/system.slice/anacron.service", {anacron}) == "timer|anacron.timer");
    CHECK(job("/system.slice/anacron.service", {curl, sh("backup-all"), anacron}) ==
          "cron|/etc/anacrontab:2");
    CHECK(job("/system.slice/anacron.service", {curl, sh("backup-all", 1000), anacron}) ==
          "cron|backup-all (uid 1000)");
}

TEST_CASE("containers are named where their managers put them") {
    const host::Schedules none;
    const std::string id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const auto task = [&](const std::string& cgroup) {
        return words(process::task_of(lineage(cgroup.c_str(), {curl}), none));
    };
    CHECK(task("/kubepods/burstable/pod12-34/" + id) == "container|0123456789ab");
    CHECK(task("/kubepods/pod12-34") == "container|pod12-34");
    CHECK(task("/kubepods") == "service|/usr/bin/curl");
    CHECK(task("/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id + ".scope") ==
          "container|0123456789ab");
    CHECK(task("/lxc.payload/web/system.slice/x.service") == "container|web");
    CHECK(task("/lxc/web") == "container|web");
    CHECK(task("/docker/" + id + "/docker/" + std::string(64, 'f')) == "container|0123456789ab");
    CHECK(task("/docker") == "service|/usr/bin/curl");
    CHECK(task("/system.slice/docker.service") == "service|docker.service");
    CHECK(task("/machine.slice/libpod-conmon-" + id + ".scope") == "service|libpod-conmon-" + id + ".scope");
    CHECK(task("/machine.slice/machine-a\\x2") == "service|/usr/bin/curl");
    CHECK(task("/machine.slice/machine-a\\x2.scope") == "container|a\\x2");
    CHECK(task("/lxc.payload.") == "service|/usr/bin/curl");
}

TEST_CASE("the unit is a cgroup's first service or scope, and below a user's manager the deepest") {
    const auto unit = [](const char* cgroup) {
        return process::unit_of(model::ForeignText(cgroup)).raw_bytes();
    };
    CHECK(unit("/system.slice/cron.service") == "cron.service");
    CHECK(unit("/system.slice/a.service/sub/b.scope/x") == "a.service");
    CHECK(unit("/user.slice/user-5.slice/user@5.service/app.slice/a.service/b.scope") == "b.scope");
    CHECK(unit("/user.slice/user-5.slice/user@5.service/app.slice") == "user@5.service");
    CHECK(unit("/lxc.payload.mail/system.slice/x.service") == "x.service");
    CHECK(unit(".../app.slice/apt-daily.service").empty());
    CHECK(unit("/system.slice/_cgroup.service") == "cgroup.service");
    CHECK(unit("/system.slice/a\\x2db.service") == "a\\x2db.service");
    CHECK(unit("/system.slice").empty());
    CHECK(unit("").empty());
}

TEST_CASE("what counts runs is no part of a unit's stable name") {
    const auto stable = [](const char* unit) {
        return process::stable_unit(model::ForeignText(unit)).raw_bytes();
    };
    CHECK(stable("session-12.scope") == "session-*.scope");
    CHECK(stable("run-u7.service") == "run-*.service");
    CHECK(stable("run-r0a1b.scope") == "run-*.scope");
    CHECK(stable("ssh@7-192.0.2.1:22-198.51.100.7:50000.service") == "ssh@*.service");
    CHECK(stable("user@1000.service") == "user@1000.service");
    CHECK(stable("shop-2.service") == "shop-2.service");
    CHECK(stable("dump@7-daily.service") == "dump@7-daily.service");
    CHECK(stable("").empty());
}

TEST_CASE("an interpreter's script is named, and a command line of its own is none") {
    struct Row {
        Program who;
        const char* script;
    };
    for (const auto& [who, script] : std::vector<Row>{
             {program("/usr/bin/python3.11", {"python3", "/usr/local/bin/shop-app", "--x"}),
              "/usr/local/bin/shop-app"},
             {program("/usr/bin/python3.11", {"python3", "-E", "-W", "ignore", "app.py"}), "app.py"},
             {program("/usr/bin/python3.11", {"python3", "-c", "import os"}), ""},
             {program("/usr/bin/python3.11", {"python3", "-m", "http.server"}), ""},
             {program("/usr/bin/dash", {"/bin/sh", "/etc/cron.daily/x"}), "/etc/cron.daily/x"},
             {program("/usr/bin/bash", {"bash", "-ec", "x"}), ""},
             {program("/usr/bin/bash", {"bash", "-x", "/root/s.sh"}), "/root/s.sh"},
             {program("/usr/bin/bash", {"-bash"}), ""},
             {program("/usr/bin/perl", {"perl", "-w", "/usr/bin/ack"}), "/usr/bin/ack"},
             {program("/usr/bin/perl", {"perl", "-ne", "print"}), ""},
             {program("/usr/bin/php8.2", {"php", "-f", "/srv/cron.php"}), "/srv/cron.php"},
             {program("/usr/bin/node", {"node", "--", "/srv/app.js"}), "/srv/app.js"},
             {program("/usr/bin/curl", {"curl", "/x"}), ""},
         }) {
        const auto& shown = who.exe.raw_bytes();
        CAPTURE(shown);
        CHECK(process::script_of(who).raw_bytes() == script);
    }
}

TEST_CASE("two runs of the same job are one identity, and secrets are no part of it") {
    auto first = lineage("/user.slice/user-0.slice/session-3.scope", {curl, bash, sshd});
    auto second = lineage("/user.slice/user-0.slice/session-9.scope", {curl, bash, sshd});
    first.process.pid = 7;
    second.process.arguments.emplace_back("--password=hunter2");
    const auto one = process::identity_of(first);
    const auto other = process::identity_of(second);
    CHECK(one.identity() == other.identity());
    CHECK(other.cmdline.raw_bytes() == "curl https://example.org/ --password=***");
    CHECK(one.ancestors == std::vector{bash.exe, sshd.exe});
    second.process.deleted = true;
    CHECK(process::identity_of(second).identity() != one.identity());
}
