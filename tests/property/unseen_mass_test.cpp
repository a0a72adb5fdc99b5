// Whether the bound on what has not been seen holds on servers whose truth is known.
#include "server_shapes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <sstream>

using namespace fwlearn;

namespace {

constexpr std::size_t moments[] = {5, 7, 10, 14, 15, 21, 28};

std::size_t server_count() {
    return std::getenv("FWLEARN_FULL") != nullptr ? 200 : 20;
}

/// Of many servers at one moment.
struct Figures {
    std::size_t told = 0;
    std::size_t held = 0;       ///< the truth was not above the bound
    std::vector<double> ratios; ///< of the bound to the truth

    [[nodiscard]] double coverage() const { return static_cast<double>(held) / static_cast<double>(told); }
    [[nodiscard]] double median_ratio() const {
        auto sorted = ratios;
        std::sort(sorted.begin(), sorted.end());
        return sorted[sorted.size() / 2];
    }
};

using Servers = std::vector<tests::SimulatedServer>;

Servers servers(const tests::ServerShape& shape) {
    Servers result;
    for (std::uint64_t seed = 1; seed <= server_count(); ++seed) {
        result.emplace_back(seed, shape, 28);
    }
    return result;
}

Figures figures(const Servers& servers, std::size_t day) {
    Figures result;
    for (const auto& server : servers) {
        const auto mass = analyzer::unseen_mass(server.record(day), server.observed(day));
        REQUIRE(mass.estimate.has_value() == mass.upper95.has_value());
        REQUIRE(mass.estimate.has_value() == mass.cannot_tell.empty());
        if (!mass.estimate) {
            continue;
        }
        const auto truth = server.unseen_mass(day);
        ++result.told;
        result.held += truth <= *mass.upper95 ? 1 : 0;
        result.ratios.push_back(truth > 0 ? *mass.upper95 / truth : std::numeric_limits<double>::infinity());
    }
    return result;
}

void print(const tests::ServerShape& shape, std::size_t day, const Figures& found) {
    if (found.told == 0) {
        MESSAGE(shape.name << ", day " << day << ": cannot tell");
        return;
    }
    MESSAGE(shape.name << ", day " << day << ": the bound holds on " << found.held << " of " << found.told
                       << " servers, and is " << found.median_ratio() << " times the truth (median)");
}

} // namespace

TEST_CASE("the bound on what has not been seen holds, and is near, on a simulated server of forty tasks") {
    const auto shape = tests::server_shapes().front();
    REQUIRE(shape.timed_tasks + shape.services == 40);
    const auto forty_tasks = servers(shape);
    for (const auto day : moments) {
        const auto found = figures(forty_tasks, day);
        print(shape, day, found);
        // Nothing is told before every day of the week was seen, and something of every server then.
        CHECK(found.told == (day < 7 ? std::size_t{0} : server_count()));
        if (found.told > 0) {
            CHECK(found.coverage() >= 0.93);
        }
        if (day >= 14) { // every weekly task has run twice
            CHECK(found.median_ratio() <= 3);
        }
    }
}

#ifndef FWLEARN_SANITIZED // it looks for faults, and the forty tasks above show as many
TEST_CASE("the bound holds on quite other servers") {
    for (const auto& shape : tests::server_shapes()) {
        const auto others = servers(shape);
        for (const std::size_t day : {std::size_t{7}, std::size_t{14}, std::size_t{28}}) {
            const auto found = figures(others, day);
            print(shape, day, found);
            CAPTURE(shape.name);
            CAPTURE(day);
            CHECK(found.told > 0);
            CHECK(found.coverage() >= 0.93);
        }
    }
}
#endif
