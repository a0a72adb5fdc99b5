// Is the ground itself true? Every other kernel test stands on it.
#include "ground/kernel_verdicts.hpp"
#include "ground/process.hpp"
#include "ground/responder.hpp"
#include "ground/traffic.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

TEST_CASE("a lab leaves nothing behind") {
    std::string server;
    {
        const Lab lab;
        server = lab.server().name();
        CHECK(std::filesystem::exists("/var/run/netns/" + server));
    }
    CHECK_FALSE(std::filesystem::exists("/var/run/netns/" + server));
}

TEST_CASE("a plan has no flow twice") {
    auto plan = mixed_plan(2000);
    CHECK(plan.size() == 2000);
    const auto connections = connection_plan(20);
    plan.insert(plan.end(), connections.begin(), connections.end());
    std::ranges::sort(plan, {},
                      [](const PlannedFlow& flow) { return std::pair(flow.owner, flow.destination); });
    CHECK(std::ranges::adjacent_find(plan, [](const PlannedFlow& one, const PlannedFlow& other) {
              return one.owner == other.owner && one.destination == other.destination;
          }) == plan.end());
}

TEST_CASE("every planned flow has the outcome that was planned") {
    const Lab lab;
    const Responder responder(lab);
    Traffic traffic(lab);
    traffic.make(mixed_plan(440));
    CHECK(traffic.keep_open(connection_plan(20)).size() == 20);
    traffic.distract();
}

TEST_CASE("the kernel's verdict is seen for every packet, whoever sends it") {
    const Lab lab;
    must_run({"nft", "-f", "-"}, {.netns = lab.server().name(),
                                  .input = "table inet t {\n chain output {\n"
                                           "  type filter hook output priority 0; policy drop;\n"
                                           "  ct state established,related accept\n"
                                           "  meta skuid 4001 accept\n"
                                           "  meta skgid 4102 reject\n }\n}\n"});
    std::vector<Attempt> attempts;
    for (const auto& flow : mixed_plan(6000)) {
        attempts.push_back({flow.owner, flow.destination});
    }
    const auto verdicts = kernel_verdicts(lab, attempts);
    std::size_t accepted = 0;
    for (std::size_t index = 0; index < attempts.size(); ++index) {
        CHECK_MESSAGE(verdicts[index] == (attempts[index].owner.uid == 4001),
                      to_string({attempts[index].owner, attempts[index].destination, Outcome::answered}));
        accepted += verdicts[index] ? 1U : 0U;
    }
    CHECK(accepted > 1000);
}
