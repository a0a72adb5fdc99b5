// Is a foothold told from what servers do? Tables of both.
#include <model/vocabulary.hpp>

#include <beat.hpp>
#include <doctest/doctest.h>
#include <suspicion.hpp>

#include <algorithm>

using namespace fwlearn;
using analyzer::Suspicion;
using model::FlagKind;
using model::ForeignText;
using model::TaskKind;

namespace {

const auto start = *model::parse_rfc3339("2026-11-23T00:00:00Z");
const auto https = model::Service::port(model::protocol::tcp, 443);

/// Who sent, and what the host says of it. Empty file facts: root's, from no package.
struct Case {
    const char* what;
    const char* exe;
    const char* script = "";
    std::vector<const char*> ancestors{};
    TaskKind kind = TaskKind::service;
    model::Process other{}; ///< flags, names; exe, script and ancestors are those above
    std::vector<model::ProgramFile> files{};
    std::string expected{}; ///< flags by their words, or "left out: " and the beginning of the reason
};

model::ProgramFile file(const char* path, std::optional<std::uint32_t> owner = 0, const char* package = "",
                        bool writable = false, bool home = false) {
    return {ForeignText(path), owner, writable, home, ForeignText(package)};
}

model::Process with(bool model::Process::*what) {
    model::Process process;
    process.*what = true;
    return process;
}

model::Process called(const char* comm, const char* cmdline) {
    model::Process process;
    process.comm = ForeignText(comm);
    process.cmdline = ForeignText(cmdline);
    return process;
}

model::Process process_of(const Case& one) {
    auto process = one.other;
    process.exe = ForeignText(one.exe);
    process.script = ForeignText(one.script);
    process.unit = ForeignText("some.service");
    for (const auto* ancestor : one.ancestors) {
        process.ancestors.emplace_back(ancestor);
    }
    return process;
}

std::string joined(const std::vector<FlagKind>& flags) {
    std::string all;
    for (const auto flag : flags) {
        all += (all.empty() ? "" : ", ") + std::string(model::to_word(flag));
    }
    return all;
}

std::string verdict(const Suspicion& suspicion, const model::FlowKey& key) {
    const auto reason = suspicion.reason_to_distrust(key);
    return reason ? "left out: " + *reason : joined(suspicion.flags_of(key));
}

model::Flow flow_at(const std::vector<int>& hours, const std::vector<std::uint64_t>& counts) {
    model::Flow flow;
    flow.key.owner = model::SocketOwner::user(33, 33);
    flow.key.destination = {https, *model::Address::parse("192.0.2.7")};
    for (const auto hour : hours) {
        flow.hours.push_back(model::hour_of(start) + std::chrono::hours(hour));
    }
    flow.hourly = counts;
    for (const auto count : counts) {
        flow.counts.count += count;
    }
    return flow;
}

std::string verdict(const Case& one) {
    model::Record record;
    record.programs = one.files;
    std::sort(record.programs.begin(), record.programs.end());
    auto flow = flow_at({0}, {1});
    flow.key.process = record.identities.add(process_of(one));
    flow.key.task = record.identities.add({one.kind, ForeignText("some.service")});
    record.flows.push_back(flow);
    return verdict(Suspicion(record), flow.key);
}

} // namespace

TEST_CASE("what servers do is left alone") {
    const auto contained = with(&model::Process::contained);
    const std::vector<Case> cases{
        {"curl", "/usr/bin/curl", "", {}, TaskKind::service, {}, {file("/usr/bin/curl", 0, "curl")}},
        {"apt's method",
         "/usr/lib/apt/methods/http",
         "",
         {"/usr/bin/apt-get", "/usr/bin/dash"},
         TaskKind::timer,
         {},
         {file("/usr/lib/apt/methods/http", 0, "apt")}},
        {"a script of cron.daily",
         "/usr/bin/dash",
         "/etc/cron.daily/backup",
         {"/usr/bin/run-parts", "/usr/bin/dash", "/usr/sbin/cron"},
         TaskKind::cron,
         {},
         {file("/etc/cron.daily/backup"), file("/usr/bin/dash", 0, "dash")}},
        {"what such a script starts",
         "/usr/bin/rsync",
         "",
         {"/usr/bin/dash", "/usr/bin/run-parts", "/usr/bin/dash", "/usr/sbin/cron"},
         TaskKind::cron,
         {},
         {file("/usr/bin/rsync", 0, "rsync")}},
        {"root's script in /usr/local",
         "/usr/bin/python3.11",
         "/usr/local/bin/stock",
         {},
         TaskKind::timer,
         {},
         {file("/usr/local/bin/stock"), file("/usr/bin/python3.11", 0, "python3.11-minimal")}},
        {"root's program in /opt",
         "/opt/app/bin/app",
         "",
         {},
         TaskKind::service,
         {},
         {file("/opt/app/bin/app")}},
        {"a service in Python with workers",
         "/usr/bin/python3.11",
         "/opt/shop/shop.py",
         {"/usr/bin/python3.11"},
         TaskKind::service,
         {},
         {file("/opt/shop/shop.py"), file("/usr/bin/python3.11", 0, "python3.11-minimal")}},
        {"a service that is a shell script", "/usr/bin/dash", "/usr/local/sbin/watch", {}, TaskKind::service},
        {"what such a service starts",
         "/usr/bin/curl",
         "",
         {"/usr/bin/dash"},
         TaskKind::service,
         {},
         {file("/usr/bin/curl", 0, "curl")}},
        {"php-fpm", "/usr/sbin/php-fpm8.2", "", {"/usr/sbin/php-fpm8.2"}, TaskKind::service},
        {"postfix", "/usr/lib/postfix/sbin/smtp", "", {"/usr/lib/postfix/sbin/master"}, TaskKind::service},
        {"exim", "/usr/sbin/exim4", "", {"/usr/sbin/exim4"}, TaskKind::service},
        {"nginx", "/usr/sbin/nginx", "", {"/usr/sbin/nginx"}, TaskKind::service},
        {"a snap", "/snap/lxd/1234/bin/lxd", "", {}, TaskKind::service, {}, {file("/snap/lxd/1234/bin/lxd")}},
        {"npm start",
         "/usr/bin/node",
         "/srv/web/server.js",
         {"/usr/bin/dash", "/usr/bin/node"},
         TaskKind::service,
         {},
         {file("/srv/web/server.js")}},
        {"a service by way of env and su",
         "/usr/bin/python3.11",
         "/opt/a.py",
         {"/usr/bin/dash", "/usr/bin/su", "/usr/bin/timeout"},
         TaskKind::service},
        {"a user's own service manager",
         "/usr/bin/perl",
         "/usr/share/job.pl",
         {"/usr/lib/systemd/systemd"},
         TaskKind::service},
        {"Java", "/usr/lib/jvm/java-17-openjdk-amd64/bin/java", "", {"/usr/bin/dash"}, TaskKind::service},
        {"Erlang",
         "/usr/lib/erlang/erts-13/bin/inet_gethost",
         "",
         {"/usr/lib/erlang/erts-13/bin/erl_child_setup", "/usr/lib/erlang/erts-13/bin/beam.smp",
          "/usr/bin/dash"},
         TaskKind::service},
        {"a shell in a login session",
         "/usr/bin/bash",
         "",
         {"/usr/sbin/sshd", "/usr/sbin/sshd"},
         TaskKind::session},
        {"Celery, with its title in brackets",
         "/usr/bin/python3.11",
         "",
         {},
         TaskKind::service,
         called("celery", "[celeryd: worker@host:MainProcess] -active-")},
        {"netdata",
         "/usr/sbin/netdata",
         "",
         {},
         TaskKind::service,
         called("netdata", "/usr/sbin/netdata -D")},
        {"a program in a container",
         "/app/server",
         "",
         {"/bin/sh", "/usr/bin/tini"},
         TaskKind::container,
         contained},
        {"a container's own home", "/root/app", "", {}, TaskKind::container, contained},
        {"unattended-upgrades",
         "/usr/bin/python3.11",
         "/usr/bin/unattended-upgrade",
         {"/usr/bin/dash"},
         TaskKind::timer,
         {},
         {file("/usr/bin/unattended-upgrade", 0, "unattended-upgrades")}},
        {"sshd of a record that says nothing of files", "/usr/sbin/sshd", "", {}, TaskKind::service},
        {"nobody known", "", "", {}, TaskKind::unknown},
    };
    CHECK(cases.size() >= 20);
    for (const auto& one : cases) {
        const std::string what = one.what;
        CAPTURE(what);
        CHECK(verdict(one).empty());
    }
}

TEST_CASE("what nobody installed is left out, and says why") {
    const auto deleted = with(&model::Process::deleted);
    const auto in_memory = with(&model::Process::in_memory);
    auto deleted_contained = deleted;
    deleted_contained.contained = true;
    const std::string open = "left out: its executable lies where others may write";
    const std::string open_script = "left out: its script lies where others may write";
    const std::string gone = "left out: its executable was deleted";
    const std::string memory = "left out: its program was in memory only, in no file";
    const std::string descriptor = "left out: its script was read from a descriptor, not from a file";
    const std::string too_long = "left out: the path of its executable is too long to tell where it lies";
    using Files = std::vector<model::ProgramFile>;
    const std::vector<Case> cases{
        {"/tmp", "/tmp/x", "", {}, TaskKind::service, {}, {}, open},
        {"/tmp, below a folder of root's",
         "/tmp/root/x",
         "",
         {},
         TaskKind::cron,
         {},
         Files{file("/tmp/root/x")},
         open},
        {"/var/tmp", "/var/tmp/.x/y", "", {}, TaskKind::timer, {}, {}, open},
        {"/dev/shm", "/dev/shm/x", "", {}, TaskKind::session, {}, {}, open},
        {"/run/user", "/run/user/1000/x", "", {}, TaskKind::session, {}, {}, open},
        {"a container's /tmp",
         "/tmp/x",
         "",
         {},
         TaskKind::container,
         with(&model::Process::contained),
         {},
         open},
        {"another folder of everybody's",
         "/srv/upload/x",
         "",
         {},
         TaskKind::service,
         {},
         Files{file("/srv/upload/x", 33, "", true)},
         open},
        {"deleted from there",
         "/srv/upload/x",
         "",
         {},
         TaskKind::service,
         deleted,
         Files{file("/srv/upload/x", std::nullopt, "", true)},
         open},
        {"deleted from /tmp", "/tmp/x", "", {}, TaskKind::service, deleted, {}, open},
        {"deleted, and nothing came after it",
         "/opt/x",
         "",
         {},
         TaskKind::service,
         deleted,
         Files{file("/opt/x", std::nullopt)},
         gone},
        {"deleted, and a user's file came after it",
         "/srv/app/x",
         "",
         {},
         TaskKind::service,
         deleted,
         Files{file("/srv/app/x", 1000)},
         gone},
        {"deleted, and nobody looked", "/opt/x", "", {}, TaskKind::service, deleted, {}, gone},
        {"deleted in a container",
         "/app/x",
         "",
         {},
         TaskKind::container,
         deleted_contained,
         Files{file("/app/x")},
         gone},
        {"in memory", "memfd:x", "", {}, TaskKind::service, in_memory, {}, memory},
        {"in memory, with the name of a program",
         "/usr/bin/curl",
         "",
         {},
         TaskKind::service,
         in_memory,
         {},
         memory},
        {"sh with a script", "/usr/bin/dash", "/tmp/x.sh", {}, TaskKind::cron, {}, {}, open_script},
        {"by another way to say /tmp",
         "/usr/bin/dash",
         "//usr/..//tmp/./x.sh",
         {},
         TaskKind::cron,
         {},
         {},
         open_script},
        {"a link that leads there",
         "/usr/bin/perl",
         "/usr/bin/x",
         {},
         TaskKind::service,
         {},
         Files{file("/usr/bin/x", 0, "", true)},
         open_script},
        {"bash <(curl ...)", "/usr/bin/bash", "/dev/fd/63", {}, TaskKind::session, {}, {}, descriptor},
        {"a script in memory",
         "/usr/bin/python3",
         "/proc/self/fd/3",
         {},
         TaskKind::service,
         {},
         {},
         descriptor},
        {"a path with its beginning cut", ".../x", "", {}, TaskKind::service, {}, {}, too_long},
    };
    for (const auto& one : cases) {
        const std::string what = one.what;
        CAPTURE(what);
        CHECK(verdict(one) == one.expected);
    }
}

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
    for (const auto& one : cases) {
        const std::string what = one.what;
        CAPTURE(what);
        CHECK(verdict(one) == one.expected);
    }
}

TEST_CASE("who made the socket is judged as who sends is") {
    model::Record record;
    model::Process process;
    process.exe = ForeignText("/usr/bin/ssh");
    auto flow = flow_at({0}, {1});
    flow.key.process = record.identities.add(process);
    process.exe = ForeignText("/dev/shm/x");
    flow.key.creator = record.identities.add(process);
    record.flows.push_back(flow);
    CHECK(verdict(Suspicion(record), flow.key) ==
          "left out: of the process that made its socket: its executable lies where others may write");
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

TEST_CASE("a fixed period is told by the counts of full hours, or by equal distances") {
    struct Series {
        const char* what;
        std::vector<int> hours;
        std::vector<std::uint64_t> counts;
        bool expected;
    };
    const std::vector<Series> all{
        {"every minute", {0, 1, 2, 3, 4}, {17, 60, 60, 60, 3}, true},
        {"every seven seconds", {0, 1, 2, 3, 4}, {1, 514, 515, 514, 9}, true},
        {"every ten minutes, one late", {0, 1, 2, 3, 4}, {3, 6, 6, 5, 3}, true},
        {"two full hours are too few", {0, 1, 2, 3}, {17, 60, 60, 3}, false},
        {"a load that follows the day", {0, 1, 2, 3, 4, 5}, {10, 60, 75, 90, 40, 3}, false},
        {"steady, and once the machine was down",
         {0, 1, 2, 3, 9, 10, 11, 12},
         {5, 60, 60, 8, 12, 60, 60, 2},
         true},
        {"one of three is another", {0, 1, 2, 3, 4}, {1, 60, 60, 30, 1}, false},
        {"one of ten is another",
         {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
         {1, 60, 60, 60, 60, 11, 60, 60, 60, 60, 60, 1},
         true},
        {"one or two, for three hours", {0, 1, 2, 3, 4}, {1, 1, 2, 1, 1}, false},
        {"every forty minutes, for eight hours", {0, 1, 2, 3, 4, 5, 6, 7}, {1, 2, 1, 2, 1, 2, 1, 1}, true},
        {"every hour", {0, 1, 2, 3, 4}, {1, 1, 1, 1, 1}, true},
        {"every six hours", {0, 6, 12, 18}, {1, 1, 1, 1}, true},
        {"every six hours and some minutes", {0, 6, 12, 19, 25}, {1, 1, 1, 1, 1}, true},
        {"every night", {2, 26, 50, 74}, {1, 1, 1, 1}, true},
        {"three times are too few", {0, 6, 12}, {1, 1, 1}, false},
        {"now and then", {0, 5, 12, 14, 30}, {1, 1, 1, 1, 1}, false},
        {"once", {0}, {1000}, false},
        {"never", {}, {}, false},
    };
    for (const auto& series : all) {
        const std::string what = series.what;
        CAPTURE(what);
        std::vector<analyzer::HourCount> hours;
        for (std::size_t i = 0; i < series.hours.size(); ++i) {
            hours.push_back({model::hour_of(start) + std::chrono::hours(series.hours[i]), series.counts[i]});
        }
        CHECK(analyzer::has_fixed_period(hours) == series.expected);
    }
}

TEST_CASE("a beacon is one to an address without a name, however its flows are filed") {
    const auto flagged = [](const auto& change) {
        model::Record record;
        auto flow = flow_at({0, 1, 2, 3, 4}, {20, 60, 60, 60, 20});
        flow.key.process = record.identities.add(process_of({"", "/usr/bin/x"}));
        change(record, flow);
        record.flows.push_back(flow);
        return joined(Suspicion(record).flags_of(flow.key));
    };
    CHECK(flagged([](auto&, auto&) {}) == "beacon");
    CHECK(flagged([](auto& record, auto& flow) { // over two interfaces
              auto other = flow;
              other.key.interface = record.identities.add_interface(ForeignText("eth1"));
              other.hourly = flow.hourly = {10, 30, 30, 30, 10};
              record.flows.push_back(other);
          }) == "beacon");
    CHECK(flagged([](auto& record, auto& flow) {
              flow.key.name = record.identities.add_name(ForeignText("metrics.example"));
          }).empty());
    CHECK(flagged([](auto& record, auto& flow) { // as far as the host knows
              record.names.push_back({flow.key.destination.address,
                                      ForeignText("metrics.example"),
                                      {},
                                      model::BindingSource::dns_host,
                                      start,
                                      start,
                                      1});
          })
              .empty());
    CHECK(flagged([](auto& record, auto& flow) { // somebody else's word
              model::Process other;
              other.exe = ForeignText("/usr/bin/other");
              record.names.push_back({flow.key.destination.address, ForeignText("metrics.example"),
                                      record.identities.add(other), model::BindingSource::tls_sni, start,
                                      start, 1});
          }) == "beacon");
    CHECK(flagged([](auto& record, auto& flow) { // the name server of resolv.conf
              record.configured.push_back({model::ConfiguredKind::resolver,
                                           ForeignText("/etc/resolv.conf"),
                                           1,
                                           {},
                                           flow.key.destination.address,
                                           {}});
          })
              .empty());
    CHECK(flagged([](auto&, auto& flow) {
              flow.key.destination.service = model::Service::port(model::protocol::udp, 67);
          }).empty());
    CHECK(flagged([](auto&, auto& flow) {
              flow.key.destination.address = *model::Address::parse("224.0.0.251");
          }).empty());
    CHECK(flagged([](auto&, auto& flow) { flow.key.owner = model::SocketOwner::kernel(); }).empty());
    CHECK(flagged([](auto&, auto& flow) { flow.key.overflow = true; }).empty());
    CHECK(flagged([](auto& record, auto& flow) { // who keeps trying in vain, at his own rhythm
              auto denied = flow;
              denied.key.verdict = model::FlowVerdict::denied;
              denied.hourly = {3, 50, 10, 55, 1};
              record.flows.push_back(denied);
          }) == "beacon");
    CHECK(flagged([](auto& record, auto& flow) {
              auto denied = flow;
              denied.key.verdict = model::FlowVerdict::denied;
              record.flows.push_back(denied);
              flow.hours.resize(1);
              flow.hourly.resize(1);
          }).empty());
}

TEST_CASE("a destination that one run reached once is flagged in a record of more than a day") {
    model::Record record;
    const auto add = [&](const char* exe, const char* to, const std::vector<int>& hours,
                         const char* name = "") {
        auto flow = flow_at(hours, std::vector<std::uint64_t>(hours.size(), 7));
        flow.key.process = record.identities.add(process_of({"", exe}));
        flow.key.destination.address = *model::Address::parse(to);
        flow.key.name = record.identities.add_name(ForeignText(name));
        record.flows.push_back(flow);
        return flow.key;
    };
    const auto once = add("/usr/bin/a", "192.0.2.1", {5, 6});
    const auto again = add("/usr/bin/a", "192.0.2.2", {5, 9});
    const auto of_one = add("/usr/bin/a", "192.0.2.3", {5});
    const auto of_other = add("/usr/bin/b", "192.0.2.3", {5});
    const auto by_name = add("/usr/bin/a", "192.0.2.4", {5}, "cdn.example");
    add("/usr/bin/a", "192.0.2.5", {20}, "cdn.example");
    CHECK(Suspicion(record).flags_of(once).empty()); // of a day, everything is seen on one day
    add("/usr/bin/b", "192.0.2.9", {30, 50});
    const Suspicion suspicion(record);
    CHECK(joined(suspicion.flags_of(once)) == "one run");
    CHECK(suspicion.flags_of(again).empty());
    CHECK(suspicion.flags_of(of_one).empty());
    CHECK(suspicion.flags_of(of_other).empty());
    CHECK(suspicion.flags_of(by_name).empty());
    // That others tried it in vain, and when, makes it no less lonely.
    add("/usr/bin/b", "192.0.2.1", {5, 40});
    record.flows.back().key.verdict = model::FlowVerdict::denied;
    CHECK(joined(Suspicion(record).flags_of(once)) == "one run");
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
