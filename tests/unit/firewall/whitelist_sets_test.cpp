#include "whitelist_sets.hpp"

#include <doctest/doctest.h>

using namespace fwlearn;
using Bytes = std::vector<std::uint8_t>;

namespace {

constexpr std::uint8_t comment = 7; // NFTNL_UDATA_SET_COMMENT

} // namespace

TEST_CASE("a set's comment is found among what else nft keeps beside it") {
    CHECK(firewall::comment_in(Bytes{comment, 3, 'a', 'b', 0}) == "ab");
    CHECK(firewall::comment_in(Bytes{0, 4, 2, 0, 0, 0, 6, 0, comment, 2, 'a', 0, 3, 0}) == "a");
    CHECK(firewall::comment_in(Bytes{0, 4, comment, 2, 'x', 0, comment, 2, 'a', 0}) == "a");
    CHECK(firewall::comment_in(Bytes{comment, 1, 0}).empty());
}

TEST_CASE("octets beside a set that are no comment, or are cut, tell none") {
    for (const auto& octets :
         {Bytes{}, Bytes{comment}, Bytes{comment, 0}, Bytes{comment, 1}, Bytes{comment, 3, 'a', 0},
          Bytes{comment, 255, 'a', 0}, Bytes{comment, 2, 'a', 'b'}, Bytes{0, 4, 1, 0, 0},
          Bytes{0, 200, comment, 1, 0}, Bytes{0, 1, comment}, Bytes{0, 0, 1}}) {
        CAPTURE(octets.size());
        CHECK(firewall::comment_in(octets).empty());
    }
}
