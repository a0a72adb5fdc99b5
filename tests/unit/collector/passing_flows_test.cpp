// Is what was counted at once remembered for as long as there is room, and not longer than it lives?
#include "passing_flows.hpp"

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace fwlearn::collector;

namespace {

Tuple flow(std::uint32_t number) {
    return {model::Address::v4(0x0a000001),
            {model::Service::port(model::protocol::udp, 9), model::Address::v4(0xc0000000U + number)},
            4000};
}

std::uint32_t remembered(PassingFlows& flows, std::uint32_t count) {
    std::uint32_t sum = 0;
    for (std::uint32_t number = 0; number < count; ++number) {
        sum += flows.contains(flow(number)) ? 1 : 0;
    }
    return sum;
}

} // namespace

TEST_CASE("a million flows that were counted at once are all remembered, until they end") {
    PassingFlows flows;
    constexpr std::uint32_t count = 1'000'000;
    std::uint32_t added = 0;
    for (std::uint32_t number = 0; number < count; ++number) {
        added += flows.add(flow(number)) ? 1 : 0;
    }
    // One in 2^28 has another's fingerprint by chance, and is taken for it.
    CHECK(added >= count - 2);
    CHECK(remembered(flows, count) == count);
    std::uint32_t removed = 0;
    for (std::uint32_t number = 0; number < count; ++number) {
        removed += flows.remove(flow(number)) ? 1 : 0;
    }
    CHECK(removed >= added - 2);
    CHECK(remembered(flows, count) == 0);
}

TEST_CASE("of more than there is room for the youngest are remembered") {
    PassingFlows flows;
    constexpr std::uint32_t count = 4'000'000;
    for (std::uint32_t number = 0; number < count; ++number) {
        flows.add(flow(number));
    }
    std::uint32_t young = 0, all = 0;
    constexpr std::uint32_t youngest = 500'000;
    for (std::uint32_t number = 0; number < count; ++number) {
        const bool is_there = flows.contains(flow(number));
        all += is_there ? 1 : 0;
        young += is_there && number >= count - youngest ? 1 : 0;
    }
    MESSAGE(all, " of ", count, " are remembered, of the youngest ", youngest, " ", young);
    CHECK(all <= (1U << 21U) + 1000);
    CHECK(young > youngest / 100 * 99);
}
