#include "simulated_drops.hpp"

#include <model/errors.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;

TEST_CASE("how many messages to throw away is a share of them, and nothing else") {
    const auto hundredth = cli::parse_simulated_drops("1/100");
    CHECK(hundredth.drop == 1);
    CHECK(hundredth.of == 100);
    CHECK(cli::parse_simulated_drops("1/1").of == 1);
    for (const auto* text : {"", "1", "/", "1/", "/2", "0/5", "6/5", "-1/5", "1/0", "1/2/3", "1 /2",
                             "1/99999999999", "half", "1/2\n"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(cli::parse_simulated_drops(text), model::UsageError);
    }
}
