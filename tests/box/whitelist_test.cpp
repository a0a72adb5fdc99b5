// Does a whole server keep working under the whitelist that was learned on it: as it runs, its services
// restarted, and after a reboot? On Debian 12 and 13, with rules by user and by unit.
#include "box.hpp"
#include "jobs.hpp"

#include <analyzer/suggest.hpp>
#include <sql/reader.hpp>

#include <doctest/doctest.h>
#include <ground/responder.hpp>

#include <algorithm>
#include <fstream>
#include <future>
#include <utility>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

namespace fs = std::filesystem;

/// One server, and how the whitelist is made for it.
struct Variant {
    std::string name;
    fs::path image;
    std::string selector;
    std::string systemd;
    std::vector<Bind> read_only;
};

/// As an administrator loads it at boot. network-pre.target alone holds back networking only, and the box has
/// its network before it boots.
constexpr const char* loading_unit = R"([Unit]
DefaultDependencies=no
Before=sysinit.target network-pre.target
Wants=network-pre.target
After=local-fs.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f /etc/whitelist.nft
ExecStart=/usr/bin/fwlearn refresh --units
[Install]
WantedBy=sysinit.target
)";

/// systemd's NFTSet= comes with the first thing that it sets up for a unit's cgroup. On a server that is
/// always something (DefaultTasksAccounting=); the box has no controllers.
constexpr const char* something_to_set_up = R"([Manager]
DefaultIPAccounting=yes
)";

/// A job of this server does what it never did: one more destination.
constexpr const char* new_habit = R"([Service]
ExecStart=-/opt/box/send tcp 203.0.113.98 5001
ExecStart=-/opt/box/send udp 203.0.113.99 5001
)";

/// None of these may ever be reached: a login's, and the new destinations.
const std::set<std::string> denied{"203.0.113.15", "203.0.113.16", "203.0.113.17", "203.0.113.98",
                                   "203.0.113.99"};

/// What the whitelist is for: all but logins.
Expectations needed() {
    auto needed = expectations("1000");
    for (const auto& address : denied) {
        needed.erase(address);
    }
    return needed;
}

void write(const fs::path& file, const std::string& content) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << content;
}

std::string suggest(const Variant& variant, const std::vector<std::string>& options) {
    std::vector<std::string> command{FWLEARN_PROGRAM, "--db",       FWLEARN_BOX_RECORD,
                                     "suggest",       "--selector", variant.selector};
    command.insert(command.end(), options.begin(), options.end());
    return must_run(command);
}

/// What none of its jobs does: each is refused, or nobody hears of it.
void try_what_is_denied(const Box& box) {
    box.log_in("root", "/opt/box/send udp 203.0.113.15 5001 || true");
    box.log_in("alice", "/opt/box/send tcp 203.0.113.16 5001 || true");
    box.run({"systemctl", "start", "tiny.service"});
    box.run({"runuser", "-u", "alice", "--", "sh", "-c",
             "echo /opt/box/send udp 203.0.113.18 5001 | at now 2>/dev/null"});
}

/// `when`: for whoever reads what failed.
std::set<std::string> reached_of(const std::set<Place>& seen, const std::string& when) {
    std::set<std::string> reached;
    for (const auto& place : seen) {
        if (denied.contains(address_of(place))) {
            reached.insert(address_of(place) + " " + when);
        }
    }
    return reached;
}

/// Loads the whitelist on a server that runs, and restarts what it runs; gives back what was reached of what
/// is denied.
std::set<std::string> while_it_runs(const Variant& variant, const Layer& layer) {
    const auto etc = layer.root() / "etc";
    write(etc / "systemd/system.conf.d/box.conf", something_to_set_up);
    const Lab lab;
    const Responder responder(lab);
    const Box box(lab, layer, variant.read_only);
    write(etc / "whitelist.nft", suggest(variant, {"-o", "nft"}));
    suggest(variant, {"-o", "systemd", "--systemd-version", variant.systemd, "--directory",
                      (etc / "systemd/system").string()});
    write(etc / "systemd/system/whitelist.service", loading_unit);
    write(etc / "systemd/system/tiny.service.d/90-new.conf", new_habit);
    box.run({"systemctl", "daemon-reload"});
    box.run({"systemctl", "--quiet", "enable", "--now", "whitelist.service"});
    CableEnd cable(lab);
    box.run({"systemctl", "restart", "cron", "rsyslog", "chrony", "shop", "worker@5001", "dynamic",
             "container", "user@1000"});
    box.run({"sh", "-c", "rm -f /var/spool/anacron/*"});
    box.run({"systemctl", "start", "certificates", "anacron", "apt-daily"});
    try_what_is_denied(box);
    auto expected = needed();
    expected.erase("203.0.113.4"); // cron's @reboot
    const auto seen = wait_for_all(cable, expected);
    box.run({"sh", "-c", "rm -f /var/spool/anacron/*"});
    return reached_of(seen, "as it ran");
}

std::set<std::string> after_a_reboot(const Variant& variant, const Layer& layer) {
    const Lab lab;
    const Responder responder(lab);
    CableEnd cable(lab);
    const Box box(lab, layer, variant.read_only);
    box.run({"systemctl", "is-active", "whitelist.service"});
    try_what_is_denied(box);
    return reached_of(wait_for_all(cable, needed()), "after a reboot");
}

/// What was reached of what is denied, all told; throws for what is needed and was not reached.
std::set<std::string> live_with_it(const Variant& variant) {
    try {
        const Layer layer(variant.image);
        auto reached = while_it_runs(variant, layer);
        reached.merge(after_a_reboot(variant, layer));
        return reached;
    } catch (const std::exception& error) {
        throw std::runtime_error(variant.name + ": " + error.what());
    }
}

} // namespace

TEST_CASE("the suggestion has one entry for each task's need, and none for what a login did") {
    const auto record = sql::Reader(FWLEARN_BOX_RECORD).read();
    for (const auto mode : {analyzer::SelectorMode::automatic, analyzer::SelectorMode::unit}) {
        const auto whitelist = analyzer::suggest(record, {.selector = mode});
        const auto rules_for = [&whitelist](const std::string& address) {
            std::vector<const model::Rule*> rules;
            for (const auto& rule : whitelist.rules) {
                if (std::any_of(rule.addresses.begin(), rule.addresses.end(), [&](const auto& prefix) {
                        return prefix.contains(*model::Address::parse(address));
                    })) {
                    rules.push_back(&rule);
                }
            }
            return rules;
        };
        for (const auto& pair : needed()) {
            const auto& address = pair.first;
            const auto& who = pair.second;
            CAPTURE(address);
            const auto rules = rules_for(address);
            REQUIRE(rules.size() == 1);
            CHECK(std::count(rules[0]->tasks.begin(), rules[0]->tasks.end(),
                             model::Task{who.kind, model::ForeignText(who.task)}) == 1);
        }
        for (const auto& address : denied) {
            CHECK_MESSAGE(rules_for(address).empty(), address);
        }
    }
}

TEST_CASE("services restarted and the server rebooted under the whitelist work, and nothing else does") {
    // Debian 13 runs the program with Debian 12's libraries.
    const std::vector<Bind> own{{FWLEARN_PROGRAM, "/usr/bin/fwlearn"}, {FWLEARN_BOX_SEND, job}};
    const std::vector<Bind> guest{{FWLEARN_PROGRAM, "/opt/fwlearn/program"},
                                  {FWLEARN_BOX_IMAGE "/usr/lib/x86_64-linux-gnu", "/opt/fwlearn/lib"},
                                  {FWLEARN_BOX_GUEST, "/usr/bin/fwlearn"},
                                  {FWLEARN_BOX_SEND, job}};
    std::vector<std::pair<std::string, std::future<std::set<std::string>>>> lives;
    for (const auto& variant :
         {Variant{"Debian 12, by user where it is a service's own", FWLEARN_BOX_IMAGE, "auto", "252", own},
          Variant{"Debian 12, by unit", FWLEARN_BOX_IMAGE, "unit", "252", own},
          Variant{"Debian 12, by unit, as before systemd 243", FWLEARN_BOX_IMAGE, "unit", "240", own},
          Variant{"Debian 13, by unit", FWLEARN_BOX_IMAGE_TRIXIE, "unit", "257", guest}}) {
        // At once: most of the time goes into waiting for cron's next minute.
        lives.emplace_back(variant.name, std::async(std::launch::async, live_with_it, variant));
    }
    for (auto& [variant, life] : lives) {
        std::set<std::string> reached;
        CHECK_NOTHROW(reached = life.get());
        for (const auto& address : reached) {
            FAIL_CHECK(variant, ": ", address, " was reached");
        }
    }
}
