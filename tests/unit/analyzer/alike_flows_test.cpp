// Flows are put together by what they agree in, and not by the number that stands for it.
#include "alike_flows.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace fwlearn;

namespace {

std::vector<model::Flow> flows_to(const std::vector<std::uint16_t>& ports) {
    std::vector<model::Flow> flows;
    for (const auto port : ports) {
        model::Flow flow;
        flow.key.destination.service = model::Service::port(model::protocol::tcp, port);
        flows.push_back(flow);
    }
    return flows;
}

/// By port: where the flows are. Port 9 is left out.
std::map<std::uint16_t, std::vector<std::uint32_t>> groups(const std::vector<model::Flow>& flows,
                                                           std::uint64_t (*hash)(std::uint16_t)) {
    std::map<std::uint16_t, std::vector<std::uint32_t>> found;
    analyzer::for_each_alike(
        flows,
        [](const model::Flow& flow) {
            const auto port = flow.key.destination.service.detail;
            return port == 9 ? std::nullopt : std::optional(port);
        },
        hash,
        [&](std::span<const std::uint32_t> alike) {
            const auto port = flows[alike.front()].key.destination.service.detail;
            CHECK(!found.contains(port));
            found[port].assign(alike.begin(), alike.end());
        });
    return found;
}

} // namespace

TEST_CASE("flows are alike by what they agree in, whatever number stands for it") {
    const auto flows = flows_to({443, 9, 25, 443, 80, 25, 443, 9});
    const std::map<std::uint16_t, std::vector<std::uint32_t>> expected{
        {25, {2, 5}}, {80, {4}}, {443, {0, 3, 6}}};
    CHECK(groups(flows, [](std::uint16_t port) { return std::uint64_t{port}; }) == expected);
    CHECK(groups(flows, [](std::uint16_t port) { return ~std::uint64_t{port}; }) == expected);
    CHECK(groups(flows, [](std::uint16_t port) { return std::uint64_t{port % 2U}; }) == expected);
    CHECK(groups(flows, [](std::uint16_t) { return std::uint64_t{0}; }) == expected);
}

TEST_CASE("of no flows, or of those that are left out, none are alike") {
    const auto hash = [](std::uint16_t port) { return std::uint64_t{port}; };
    CHECK(groups({}, hash).empty());
    CHECK(groups(flows_to({9, 9}), hash).empty());
}
