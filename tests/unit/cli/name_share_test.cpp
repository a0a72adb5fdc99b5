// What goes into a name's set of what its owner answers.
#include "name_share.hpp"

#include <doctest/doctest.h>

using namespace fwlearn;

namespace {

std::vector<model::Address> row(std::uint32_t first, std::uint32_t count) {
    std::vector<model::Address> addresses;
    for (std::uint32_t index = 0; index < count; ++index) {
        addresses.push_back(model::Address::v4(first + index));
    }
    return addresses;
}

firewall::NameSet holding(std::vector<model::Address> elements) {
    firewall::NameSet set;
    set.elements = std::move(elements);
    return set;
}

constexpr std::uint32_t here = 0xc6336400;  // 198.51.100.0/24
constexpr std::uint32_t other = 0xcb007100; // 203.0.113.0/24
constexpr std::uint32_t within = 0x0a000000;

} // namespace

TEST_CASE("a look-up adds 64 addresses at most, and a set is never filled beyond 256") {
    const auto some = cli::share_of(holding({}), row(here, 100), false);
    CHECK(some.addresses == row(here, 64));
    CHECK_FALSE(some.full); // the next look-up adds the others
    CHECK(some.has_new);
    CHECK_FALSE(some.has_known);

    const auto all_but_six = holding(row(here, 250));
    const auto last = cli::share_of(all_but_six, row(other, 10), false);
    CHECK(last.addresses == row(other, 6));
    CHECK(last.full);

    const auto full = cli::share_of(holding(row(here, 256)), row(here + 255, 3), false);
    CHECK(full.addresses == row(here + 255, 1)); // what it has is renewed
    CHECK(full.full);
    CHECK(full.has_known);
    CHECK(full.has_new);

    // Where a set holds more, all that it has had from suggest, what is answered of it stays.
    const auto larger = cli::share_of(holding(row(here, 1000)), row(here, 300), false);
    CHECK(larger.addresses == row(here, 300));
    CHECK_FALSE(larger.full);
}

TEST_CASE("strangers for which there is no room do not keep those that the set has") {
    const auto share = cli::share_of(holding(row(here, 256)), row(other, 10), false);
    CHECK(share.addresses.empty());
    CHECK(share.full);
    CHECK_FALSE(share.has_known);
}

TEST_CASE("nothing answered, or nothing that may come in, keeps all that the set has") {
    const auto set = holding(row(here, 3));
    CHECK(cli::share_of(set, {}, false).addresses == row(here, 3));
    const auto rebound = cli::share_of(set, row(0x7f000001, 2), false);
    CHECK(rebound.addresses == row(here, 3));
    REQUIRE(rebound.left_out);
    CHECK(rebound.left_out->address == model::Address::v4(0x7f000001));
    CHECK_FALSE(rebound.has_new);
    CHECK(cli::share_of(set, row(within, 1), false).addresses == row(here, 3));
    CHECK(cli::share_of(set, row(within, 1), true).addresses == row(within, 1));
    CHECK_FALSE(cli::holds_private(set));
    CHECK(cli::holds_private(holding(row(within, 1))));
}
