// A server's life with fwlearn: it learns, tries the whitelist on, confirms it and is booted again. Is the
// whitelist in force before anything can send, do all tasks work, is nothing else let out, and does the audit
// say who tried?
#include "box.hpp"
#include "jobs.hpp"

#include <model/vocabulary.hpp>

#include <doctest/doctest.h>
#include <ground/name_server.hpp>
#include <ground/responder.hpp>
#include <ground/wait_for_file.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using model::TaskKind;

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* resolver = "203.0.113.53";
constexpr const char* python = "/usr/bin/python3.11";

/// What this server never did: how somebody makes it send, where to, and who an audit must say it was.
struct Stray {
    std::string what;
    std::string unit;    ///< its file in /etc/systemd/system; empty: not by a unit of its own
    std::string content; ///< of that file
    Place place;
    TaskKind kind;
    std::string task;
    std::string exe = job;
    std::string name{};      ///< by which it knew the address
    bool others_may = false; ///< go there, so that the cable does not tell
};

std::string sends(const std::string& arguments, const std::string& more = {}) {
    return "[Service]\nType=oneshot\n" + more + "ExecStart=-/opt/box/send " + arguments + "\n";
}

Stray service(const std::string& what, const std::string& unit, const std::string& arguments,
              const Place& place, const std::string& more = {}) {
    return {what, unit + ".service", sends(arguments, more), place, TaskKind::service, unit + ".service"};
}

/// A second habit of a unit that the server has, as its next ExecStart=.
Stray habit(const std::string& what, const std::string& unit, const std::string& command, const Place& place,
            TaskKind kind, const std::string& task) {
    return {what, unit + ".d/90-stray.conf", "[Service]\nExecStart=-" + command + "\n", place, kind, task};
}

std::vector<Stray> strays() {
    const std::string shop = "User=shop\n";
    const std::string alice = "User=alice\n";
    std::vector<Stray> all{
        // Where others may go.
        service("another user", "intruder", "tcp 203.0.113.11 5001", "203.0.113.11 tcp/5001", alice),
        service("another port", "port", "tcp 203.0.113.11 5002", "203.0.113.11 tcp/5002", shop),
        service("another protocol", "protocol", "udp 203.0.113.11 5001", "203.0.113.11 udp/5001", shop),
        service("another unit of the same user", "newcomer", "tcp 203.0.113.12 5001",
                "203.0.113.12 tcp/5001"),
        service("another user's clock", "clock", "udp 203.0.113.20 123", "203.0.113.20 udp/123", alice),
        // Other protocols.
        service("IPv6", "six", "tcp 2001:db8:2::77 5001", "2001:db8:2::77 tcp/5001", shop),
        service("IPv6, UDP", "six-udp", "udp 2001:db8:2::78 5001", "2001:db8:2::78 udp/5001"),
        service("raw ICMP", "ping", "icmp 203.0.113.101 0", "203.0.113.101 icmp"),
        service("raw ICMPv6", "ping-six", "icmpv6 2001:db8:2::79 0", "2001:db8:2::79 icmpv6"),
        service("UDP-Lite", "lite", "udplite 203.0.113.102 5001", "203.0.113.102 udplite/5001"),
        service("SCTP", "sctp", "sctp 203.0.113.103 5001", "203.0.113.103 sctp/5001"),
        service("a tunnel", "tunnel", "gre 203.0.113.104 0", "203.0.113.104 gre"),
        // Names.
        service("DNS at another resolver", "resolver", "udp 203.0.113.54 53", "203.0.113.54 udp/53", shop),
        service("DNS over TCP at another resolver", "resolver-tcp", "tcp 203.0.113.54 53",
                "203.0.113.54 tcp/53", shop),
        habit("another name of the same CDN", "mirror.service", "/usr/local/bin/mirror b.cdn.example.com",
              "203.0.113.41 tcp/5001", TaskKind::service, "mirror.service"),
        // Other tasks.
        habit("a new habit of a known task", "tiny.service", "/opt/box/send udp 203.0.113.105 5001",
              "203.0.113.105 udp/5001", TaskKind::timer, "tiny.timer"),
        service("mail", "mail", "tcp 203.0.113.106 25", "203.0.113.106 tcp/25", "DynamicUser=yes\n"),
        {"a container", "box2.service",
         "[Service]\nType=oneshot\nEnvironment=SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1\n"
         "ExecStart=-/usr/bin/systemd-nspawn --quiet --directory=/var/lib/machines/web --machine=web2 "
         "--bind-ro=/opt/box/send:/send /send udp 203.0.113.107 5001\n",
         "203.0.113.107 udp/5001", TaskKind::container, "web2", "/send"},
        {"a cron job", "", "", "203.0.113.108 udp/5001", TaskKind::cron, "/etc/cron.d/stray:1"},
        {"an at job", "", "", "203.0.113.109 udp/5001", TaskKind::cron, "at job of uid 1000"},
        {"a login as root", "", "", "203.0.113.15 udp/5001", TaskKind::session, "ssh, uid 0"},
        {"a login", "", "", "203.0.113.16 tcp/5001", TaskKind::session, "ssh, uid 1000"},
    };
    for (auto& one : all) {
        one.others_may =
            one.unit == "intruder.service" || one.unit == "newcomer.service" || one.unit == "clock.service";
        if (one.unit.starts_with("mirror")) {
            one.exe = python;
            one.name = "b.cdn.example.com";
        }
    }
    return all;
}

/// Asks a name server and connects to the answer.
constexpr const char* mirror_program = R"(#!/usr/bin/python3
import socket
import sys

socket.create_connection((sys.argv[1], 5001)).close()
)";

constexpr const char* mirror_unit = R"([Service]
Type=oneshot
User=shop
ExecStart=/usr/local/bin/mirror a.cdn.example.com
[Install]
WantedBy=multi-user.target
)";

/// The first that can send: nothing is ordered before it but what every service waits for.
constexpr const char* eager_unit = R"([Unit]
DefaultDependencies=no
After=sysinit.target
Before=basic.target
[Service]
Type=oneshot
ExecStart=-/opt/box/send udp 203.0.113.90 5001
[Install]
WantedBy=basic.target
)";
constexpr const char* eager_place = "203.0.113.90 udp/5001";

/// What the server is for: all but logins.
Expectations tasks() {
    auto tasks = expectations("1000");
    for (const auto* address : {"203.0.113.15", "203.0.113.16", "203.0.113.17"}) {
        tasks.erase(address);
    }
    tasks["203.0.113.40"] = {TaskKind::service, "mirror.service", python, "shop", "/usr/local/bin/mirror"};
    return tasks;
}

void write(const fs::path& file, const std::string& content) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << content;
}

const std::vector<Bind>& binds() {
    static const std::vector<Bind> binds{
        {FWLEARN_PROGRAM, "/usr/bin/fwlearn"},
        {FWLEARN_BOX_SEND, job},
        {FWLEARN_UNIT, "/etc/systemd/system/fwlearn-observe.service"},
        {FWLEARN_PACKAGING "/fwlearn-firewall.service", "/etc/systemd/system/fwlearn-firewall.service"},
        {FWLEARN_PACKAGING "/fwlearn-audit.service", "/etc/systemd/system/fwlearn-audit.service"}};
    return binds;
}

/// The lab's internet, with names.
struct Internet {
    explicit Internet(const Lab& lab) : responder(lab), names(lab, *model::Address::parse(resolver)) {
        names.set("a.cdn.example.com", {*model::Address::parse("203.0.113.40")});
        names.set("b.cdn.example.com", {*model::Address::parse("203.0.113.41")});
    }
    Responder responder;
    NameServer names;
};

void queue_at_job(const Box& box, const std::string& command) {
    box.run({"runuser", "-u", "alice", "--", "sh", "-c", "echo '" + command + "' | at now 2>/dev/null"});
}

/// Nobody confirms: systemd's timer takes it back.
void try_it_on(const Box& box, const fs::path& state) {
    const auto before = box.run({"nft", "list", "tables"});
    const auto said = box.run({"fwlearn", "apply", "--yes", "--force", "--confirm-within", "2s"});
    CHECK(said.find("(by fwlearn-way-back-") != std::string::npos);
    CHECK(said.find(".timer)") != std::string::npos);
    CHECK(box.run({"nft", "list", "tables"}).find("table inet fwlearn\n") != std::string::npos);
    wait_for_file(state / "taken-back.json");
    CHECK(box.run({"nft", "list", "tables"}) == before);
    fs::remove(state / "taken-back.json");
}

void learn_and_confirm(const Layer& layer) {
    const Lab lab;
    const Internet internet(lab);
    CableEnd cable(lab);
    const Box box(lab, layer, binds());
    queue_at_job(box, "/opt/box/send udp 203.0.113.18 5001");
    wait_for_all(cable, tasks());
    // Stored, as `observe` does on its way out; and it goes on.
    box.run({"systemctl", "restart", "fwlearn-observe"});
    const auto shown = [&box](const std::string& words, const std::string& option = {}) {
        return box.run({"sh", "-c", "fwlearn apply --force " + option + " </dev/null 2>&1 || true"})
                   .find(words) != std::string::npos;
    };
    const std::string stale =
        "denied as soon as they start again, because no drop-in puts them into their sets: ";
    CHECK(shown("\n" + stale));
    CHECK(shown("\nonce it is no trial any more: " + stale, "--shadow"));
    CHECK(shown("fwlearn-refresh.service may not ask 203.0.113.53"));
    box.run({"fwlearn", "suggest", "-o", "systemd", "--directory", "/etc/systemd/system"});
    box.run({"systemctl", "daemon-reload"});
    CHECK_FALSE(shown(stale));
    try_it_on(box, layer.root() / "var/lib/fwlearn-firewall");
    MESSAGE(box.run({"fwlearn", "apply", "--yes", "--force"}));
    box.run({"fwlearn", "confirm", "--at-boot", "closed"});
    // nftables.service flushes all rules (/etc/nftables.conf), at boot and whenever it is told to.
    box.run({"systemctl", "--quiet", "enable", "fwlearn-firewall.service", "nftables.service"});
    box.run({"sh", "-c", "rm -f /var/spool/anacron/*"});
}

void break_in(const Layer& layer) {
    const auto units = layer.root() / "etc/systemd/system";
    for (const auto& stray : strays()) {
        if (!stray.unit.empty()) {
            write(units / stray.unit, stray.content);
        }
    }
    // A pipe: whoever reads it knows that the job has run.
    write(layer.root() / "etc/cron.d/stray",
          "* * * * * alice /opt/box/send udp 203.0.113.108 5001; echo >/tmp/cron-ran\n");
    write(units / "eager.service", eager_unit);
    fs::create_directories(units / "basic.target.wants");
    fs::create_symlink("../eager.service", units / "basic.target.wants/eager.service");
}

void stray(const Box& box) {
    box.run({"sh", "-c", "mkfifo -m 666 /tmp/cron-ran /tmp/at-ran"});
    queue_at_job(box, "/opt/box/send udp 203.0.113.109 5001; echo >/tmp/at-ran");
    for (const auto& stray : strays()) {
        if (!stray.unit.empty() && stray.unit.find("/90-stray.conf") == std::string::npos) {
            box.run({"systemctl", "start", stray.unit});
        }
    }
    box.run({"systemctl", "start", "tiny.service", "mirror.service"});
    box.log_in("root", "/opt/box/send udp 203.0.113.15 5001 || true");
    box.log_in("alice", "/opt/box/send tcp 203.0.113.16 5001 || true");
    for (const auto* pipe : {"/tmp/at-ran", "/tmp/cron-ran"}) {
        box.run({"timeout", "150", "cat", pipe});
    }
}

struct SecondLife {
    std::set<Place> places;       ///< that something was sent to
    std::vector<Json> findings;   ///< denied
    std::vector<Json> let_out;    ///< not denied, and not explained
    unsigned journal_entries = 0; ///< of denied ones
};

SecondLife after_a_reboot(const Layer& layer) {
    const Lab lab;
    const Internet internet(lab);
    CableEnd cable(lab);
    const Box box(lab, layer, binds());
    CHECK(box.run({"systemctl", "is-active", "fwlearn-firewall.service"}) == "active\n");
    stray(box);
    queue_at_job(box, "/opt/box/send udp 203.0.113.18 5001");
    SecondLife life;
    life.places = wait_for_all(cable, tasks());
    box.run({"systemctl", "stop", "fwlearn-observe"});
    std::istringstream findings(
        box.run({"sh", "-c", "fwlearn audit --json --since '1 day ago' || [ $? -eq 1 ]"}));
    for (std::string line; std::getline(findings, line);) {
        auto finding = Json::parse(line);
        auto& where = finding.at("verdict") == "denied" ? life.findings : life.let_out;
        where.push_back(std::move(finding));
    }
    // The unit that a timer starts tells the same to the journal.
    box.run({"systemctl", "start", "fwlearn-audit.service"});
    box.run({"journalctl", "--sync"});
    std::istringstream entries(
        box.run({"journalctl", "--quiet", "-t", "fwlearn", "-o", "json", "FWLEARN_VERDICT=denied"}));
    for (std::string line; std::getline(entries, line);) {
        life.journal_entries += line.empty() ? 0U : 1U;
    }
    for (const auto* what : {"reload", "restart"}) {
        CAPTURE(what);
        box.run({"systemctl", what, "nftables.service"});
        // What comes after the firewall's unit waits for what that is doing.
        box.run({"systemd-run", "--quiet", "--wait", "--property=After=fwlearn-firewall.service", "true"});
        CHECK(box.run({"nft", "list", "tables"}).find("table inet fwlearn\n") != std::string::npos);
    }
    return life;
}

/// As the cable would have told it.
Place place_of(const Json& finding) {
    auto place = finding.at("address").get<std::string>() + " " + finding.at("protocol").get<std::string>();
    if (finding.contains("port") && !finding.at("port").is_null()) {
        place += "/" + std::to_string(finding.at("port").get<unsigned>());
    }
    return place;
}

std::string words(const Json& finding) {
    return finding.at("task").at("kind").get<std::string>() + " " +
           finding.at("task").at("name").get<std::string>() + ", " +
           finding.at("process").at("exe").get<std::string>() + ", " + finding.at("name").get<std::string>();
}

} // namespace

TEST_CASE(
    "learned, confirmed and booted: all tasks work, nothing else gets out, and the audit says who tried") {
    const Layer layer(FWLEARN_BOX_IMAGE);
    write(layer.root() / "etc/resolv.conf", std::string("nameserver ") + resolver + "\n");
    write(layer.root() / "usr/local/bin/mirror", mirror_program);
    fs::permissions(layer.root() / "usr/local/bin/mirror", fs::perms(0755));
    const auto units = layer.root() / "etc/systemd/system";
    write(units / "mirror.service", mirror_unit);
    fs::create_symlink("../mirror.service", units / "multi-user.target.wants/mirror.service");
    learn_and_confirm(layer);
    break_in(layer);
    const auto life = after_a_reboot(layer);

    CHECK_MESSAGE(!life.places.contains(eager_place), "something was sent before the whitelist was in force");
    unsigned named = 0;
    for (const auto& stray : strays()) {
        CAPTURE(stray.what);
        CHECK((stray.others_may || !life.places.contains(stray.place)));
        const auto wanted =
            std::string(model::to_word(stray.kind)) + " " + stray.task + ", " + stray.exe + ", " + stray.name;
        std::string others;
        const auto told = [&](const Json& finding) {
            if (place_of(finding) != stray.place) {
                return false;
            }
            others += "\n" + words(finding);
            return words(finding) == wanted;
        };
        CHECK(std::none_of(life.let_out.begin(), life.let_out.end(), told));
        const bool found = std::any_of(life.findings.begin(), life.findings.end(), told);
        CHECK_MESSAGE(found, wanted, " is not what the audit says:", others);
        named += found ? 1U : 0U;
    }
    MESSAGE("named by the audit, of what was denied: ", named, " of ", strays().size());
    CHECK(life.journal_entries == life.findings.size());
}
