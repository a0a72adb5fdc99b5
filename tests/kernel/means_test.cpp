// Does observing go on where the kernel does not let BPF programs name processes, and is that said?
#include "ground/counters.hpp"
#include "ground/observing.hpp"
#include "ground/responder.hpp"
#include "ground/stored.hpp"
#include "ground/traffic.hpp"

#include <sql/reader.hpp>

#include <doctest/doctest.h>

#include <fstream>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

struct Hindrance {
    const char* name;
    std::vector<std::string> before; ///< what the program is started through
    const char* reason;              ///< said by status
    model::AttributionMeans means;   ///< what is left
    bool ring;                       ///< conntrack's events come through memory all the same
};

/// In a mount namespace of its own, which goes with the process.
std::vector<std::string> with_mounts(const char* script) {
    return {
        "unshare", "--mount", "--propagation", "private", "sh", "-c", std::string(script) + " && exec \"$@\"",
        "sh"};
}

std::vector<Hindrance> hindrances() {
    return {
        {"without the capabilities for BPF",
         {"setpriv", "--bounding-set=-bpf,-perfmon,-sys_admin", "--inh-caps=-bpf,-perfmon,-sys_admin"},
         "CAP_BPF",
         model::AttributionMeans::sockets,
         false},
        {"without type information (BTF)", with_mounts("mount -t tmpfs none /sys/kernel/btf"), "BTF",
         model::AttributionMeans::hooks, false},
        {"without cgroup2",
         with_mounts(
             "for at in $(awk '$0 ~ / - cgroup2 / {print $5}' /proc/self/mountinfo); do umount -l $at; done"),
         "cgroup2", model::AttributionMeans::sockets, true},
        {"told not to", {}, "", model::AttributionMeans::none, true},
    };
}

} // namespace

TEST_CASE("where BPF is refused the flows are all there, with fewer names, and status says why") {
    for (const auto& [name, before, reason, means, ring] : hindrances()) {
        const Lab lab;
        const Responder responder(lab);
        const auto& shown = name;
        CAPTURE(std::string(shown));
        const TemporaryDirectory directory;
        const auto database = directory.path() / "flows.db";
        Traffic traffic(lab);
        const auto plan = mixed_plan(100);
        {
            Observing observing(lab, FWLEARN_PROGRAM, database, before,
                                before.empty() ? std::vector<std::string>{"--attribution", "none"}
                                               : std::vector<std::string>());
            CHECK(has_observation_table(lab.server()));
            traffic.make(plan);
            REQUIRE(observing.stop() == 0);
        }
        const auto record = sql::Reader(database).read();
        const auto counters = stored_counters(database);
        CHECK((counters.at("conntrack_events_by_ring") > 0) == ring);
        CHECK((counters.at("bpf_keeps_ends") == 1) == ring);
        CHECK(counters.at("conntrack_events") > 0);
        const auto stored = stored_flows(record);
        for (const auto& flow : plan) {
            CHECK_MESSAGE(stored.contains(Key{flow.owner, flow.destination}), to_string(flow));
        }
        REQUIRE(record.observations.size() == 1);
        const auto& observation = record.observations.front();
        CHECK(observation.means == means);
        for (const auto& flow : record.flows) {
            CHECK((flow.key.attribution != model::Attribution::exact));
        }
        const auto status = must_run({FWLEARN_PROGRAM, "--db", database.string(), "status"});
        CHECK_MESSAGE(status.find(reason) != std::string::npos, status);
        MESSAGE(std::string(shown), ": ", observation.why_not_better.raw_bytes());
    }
}
