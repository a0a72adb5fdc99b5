// Does a collector keep every flow, and the time it observed, while the machine's clock is stepped by ten
// years, either way? Steps it: only for a machine of the test's own (tests/kernels/boot).
#include "ground/observing.hpp"
#include "ground/responder.hpp"
#include "ground/sender.hpp"
#include "ground/step_clock.hpp"
#include "ground/stored.hpp"

#include <sql/reader.hpp>

#include <doctest/doctest.h>
#include <poll.h>

#include <chrono>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::hours ten_years{10 * 365 * 24};

/// How long is observed by each clock is the test's input, so here it is time that is waited for.
void let_pass(std::chrono::milliseconds time) {
    poll(nullptr, 0, static_cast<int>(time.count()));
}

} // namespace

TEST_CASE("a clock that is stepped by ten years, and by twenty back, loses no flow and lengthens nothing") {
    require_own_machine();
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    const auto begun = std::chrono::steady_clock::now();
    std::vector<SentFlow> sent;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database);
        Sender sender(lab, 0);
        for (const auto by : {ten_years, -2 * ten_years, ten_years}) {
            let_pass(3s);
            step_clock(by);
        }
        let_pass(3s);
        sent = sender.stop();
        REQUIRE(observing.stop() == 0);
    }
    const auto lasted = std::chrono::steady_clock::now() - begun;

    const auto record = sql::Reader(database).read();
    CHECK(record.observations.size() == 4);
    std::chrono::milliseconds observed{0};
    for (const auto& observation : record.observations) {
        REQUIRE(observation.ended);
        CHECK(*observation.ended >= observation.started);
        observed += *observation.ended - observation.started;
    }
    CHECK(observed <= lasted + 1s);
    CHECK(observed >= 12s - 1s);
    CHECK(record.gaps.empty());
    for (const auto& flow : record.flows) {
        CHECK(flow.counts.last_seen >= flow.counts.first_seen);
    }
    const auto stored = stored_flows(record);
    std::size_t missing = 0;
    for (const auto& flow : sent) {
        const auto found = stored.find(Key{flow.owner, flow.destination});
        missing += found == stored.end() || found->second.count != 1 ? 1 : 0;
    }
    CHECK(missing == 0);
    MESSAGE(sent.size(), " flows, ", observed.count(), " ms observed");
}
