// Is every flow of a real server given to the task that caused it?
#include "box.hpp"
#include "jobs.hpp"

#include <model/vocabulary.hpp>
#include <sql/reader.hpp>

#include <doctest/doctest.h>
#include <ground/cable_end.hpp>
#include <ground/observing.hpp>
#include <ground/responder.hpp>
#include <ground/stored.hpp>
#include <ground/traffic.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using model::TaskKind;

namespace {

/// Milliseconds from fork(2) until it has ended, in the median.
double lifetime_of_a_job(const Lab& lab) {
    std::vector<double> lifetimes;
    for (int i = 0; i < 21; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        must_run({FWLEARN_BOX_SEND, "udp", "203.0.113.99", "5001"}, {.netns = lab.server().name()});
        lifetimes.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    std::nth_element(lifetimes.begin(), lifetimes.begin() + 10, lifetimes.end());
    return lifetimes[10];
}

std::string uid_of(const Box& box, const std::string& user) {
    auto uid = box.run({"id", "-u", user});
    uid.erase(uid.find_last_not_of('\n') + 1);
    return uid;
}

} // namespace

TEST_CASE("in a booted server every flow has the right task, also of jobs that live for a millisecond") {
    const Lab lab;
    const Responder responder(lab);
    CableEnd cable(lab);
    const TemporaryDirectory state;
    std::map<std::string, Expected> expected;
    std::map<std::string, std::string> uids;
    {
        const Box box(lab, FWLEARN_BOX_IMAGE,
                      {{FWLEARN_PROGRAM, "/usr/bin/fwlearn"},
                       {FWLEARN_BOX_SEND, job},
                       {FWLEARN_UNIT, "/etc/systemd/system/fwlearn-observe.service"}},
                      {{state.path(), "/var/lib/fwlearn"}});
        REQUIRE(box.run({"systemctl", "is-active", "fwlearn-observe"}) == "active\n");
        for (const auto* user : {"root", "shop", "alice", "_apt", "_chrony"}) {
            uids[user] = uid_of(box, user);
        }
        expected = expectations(uids.at("alice"));
        box.run({"runuser", "-u", "alice", "--", "sh", "-c",
                 "echo /opt/box/send udp 203.0.113.18 5001 | at now 2>/dev/null"});
        box.log_in("root", "/opt/box/send udp 203.0.113.15 5001");
        // One that outlives the login.
        box.log_in("alice", "/opt/box/send tcp 203.0.113.16 5001; mkfifo /tmp/go; setsid sh -c "
                            "'read go </tmp/go; /opt/box/send udp 203.0.113.17 5001' <&- >&- 2>&- &");
        box.run({"sh", "-c", "echo >/tmp/go"});
        wait_for_all(cable, expected);
        box.run({"systemctl", "stop", "fwlearn-observe"});
        MESSAGE(box.run({"fwlearn", "flows"}));
        MESSAGE(box.run({"fwlearn", "status"}));
    }
    MESSAGE("one of its jobs lives for ", lifetime_of_a_job(lab), " ms");
    const auto record = sql::Reader(state.path() / "flows.db").read();
    REQUIRE(record.observations.size() == 1);
    CHECK(record.observations.front().means == model::AttributionMeans::bpf);

    std::set<std::string> seen;
    for (const auto& flow : record.flows) {
        const auto address = flow.key.destination.address.to_string();
        const auto found = expected.find(address);
        const auto& task = record.identities.task(flow.key.task);
        if (found == expected.end()) {
            // Multicast memberships and the like.
            CHECK_MESSAGE(task.kind == TaskKind::kernel, address, " was sent to by ", task.name.raw_bytes());
            continue;
        }
        CAPTURE(address);
        const auto& who = found->second;
        const auto& process = record.identities.process(flow.key.process);
        CHECK(task.kind == who.kind);
        CHECK(task.name.raw_bytes() == who.task);
        CHECK(process.exe.raw_bytes() == who.exe);
        CHECK(process.script.raw_bytes() == who.script);
        CHECK((flow.key.attribution == model::Attribution::exact));
        CHECK(process.contained == (who.kind == TaskKind::container));
        CHECK(process.cmdline.raw_bytes().find("hunter2") == std::string::npos);
        if (!who.user.empty()) {
            CHECK(std::to_string(process.uid.value_or(0xffffffffU)) == uids.at(who.user));
        }
        seen.insert(address);
    }
    for (const auto& pair : expected) {
        const auto& address = pair.first;
        const auto& who = pair.second;
        CHECK_MESSAGE(seen.contains(address), "no flow to ", address, " of ", who.task, " is in the record");
    }
    // What whitelist_test learns from.
    std::filesystem::copy_file(state.path() / "flows.db", FWLEARN_BOX_RECORD,
                               std::filesystem::copy_options::overwrite_existing);
}

TEST_CASE(
    "in a container fwlearn observes its network namespace, and says by which means it names processes") {
    struct Row {
        const char* name;
        std::vector<std::string> privileges;
        model::AttributionMeans means;
    };
    for (const auto& [name, privileges, means] : std::vector<Row>{
             {"with BPF",
              {"--capability=CAP_NET_ADMIN,CAP_BPF,CAP_PERFMON,CAP_SYS_ADMIN", "--system-call-filter=bpf"},
              model::AttributionMeans::bpf},
             {"with what the network needs",
              {"--capability=CAP_NET_ADMIN"},
              model::AttributionMeans::sockets},
         }) {
        const auto& shown = name;
        CAPTURE(std::string(shown));
        const Lab lab;
        const Responder responder(lab);
        const TemporaryDirectory state;
        const OwnCgroup cgroup;
        auto command = nspawn(cgroup, FWLEARN_BOX_IMAGE, {{FWLEARN_PROGRAM, "/usr/bin/fwlearn"}},
                              {{state.path(), "/var/lib/fwlearn"}});
        command.emplace_back("--volatile=overlay");
        command.insert(command.end(), privileges.begin(), privileges.end());
        command.insert(command.end(), {"--kill-signal=SIGTERM", "--"});
        Traffic traffic(lab);
        const auto plan = mixed_plan(100);
        {
            Observing observing(lab, "/usr/bin/fwlearn", "/var/lib/fwlearn/flows.db", command);
            traffic.make(plan);
            REQUIRE(observing.stop() == 0);
        }
        const auto record = sql::Reader(state.path() / "flows.db").read();
        const auto stored = stored_flows(record);
        for (const auto& flow : plan) {
            CHECK_MESSAGE(stored.contains(Key{flow.owner, flow.destination}), to_string(flow));
        }
        REQUIRE(record.observations.size() == 1);
        CHECK(record.observations.front().means == means);
        MESSAGE(std::string(name), ": ", std::string(model::to_word(record.observations.front().means)), " ",
                record.observations.front().why_not_better.raw_bytes());
        for (const auto& flow : record.flows) {
            // Who sends here is outside: in a cgroup that the container does not have, with a pid that it
            // cannot see.
            CHECK((flow.key.attribution == model::Attribution::unknown ||
                   record.identities.task(flow.key.task).kind == TaskKind::kernel));
        }
    }
}
