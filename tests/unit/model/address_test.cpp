#include <model/prefix.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <set>

using namespace fwlearn::model;

TEST_CASE("an address prints as it was parsed, in its shortest form") {
    for (const auto* text :
         {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1", "ff02::fb"}) {
        const auto address = Address::parse(text);
        REQUIRE(address.has_value());
        CHECK(address->to_string() == text);
    }
    CHECK(Address::parse("2001:0DB8:0:0::1")->to_string() == "2001:db8::1");
}

TEST_CASE("what is no address is nothing") {
    for (const std::string_view text :
         {std::string_view(""), std::string_view("1.2.3"), std::string_view("1.2.3.4.5"),
          std::string_view("fe80::1%eth0"), std::string_view(" 1.2.3.4"), std::string_view("1.2.3.4\0x", 9),
          std::string_view("01.2.3.4")}) {
        CHECK_FALSE(Address::parse(text).has_value());
    }
    CHECK_FALSE(Address::from_octets(std::array<std::uint8_t, 5>{}).has_value());
}

TEST_CASE("loopback, multicast and IPv4-mapped addresses are told apart") {
    CHECK(Address::parse("127.9.9.9")->is_loopback());
    CHECK(Address::parse("::1")->is_loopback());
    CHECK_FALSE(Address::parse("::2")->is_loopback());
    CHECK(Address::parse("239.1.1.1")->is_multicast());
    CHECK_FALSE(Address::parse("240.0.0.1")->is_multicast());
    CHECK(Address::parse("ff02::1")->is_multicast());
    CHECK(Address::parse("::ffff:192.0.2.7")->unmapped() == *Address::parse("192.0.2.7"));
    CHECK(Address::parse("::fffe:192.0.2.7")->unmapped() == *Address::parse("::fffe:192.0.2.7"));
}

TEST_CASE("IPv4 sorts before IPv6, and by octets") {
    CHECK(*Address::parse("255.255.255.255") < *Address::parse("::"));
    CHECK(*Address::parse("9.255.0.0") < *Address::parse("10.0.0.0"));
    CHECK(Address::v4(0x0a000001) == *Address::parse("10.0.0.1"));
    for (std::size_t higher = 0; higher < 16; ++higher) { // whichever octet it is that decides
        std::array<std::uint8_t, 16> octets{};
        octets.fill(0x80);
        const auto middle = Address::v6(octets);
        for (auto after = higher + 1; after < octets.size(); ++after) {
            octets[after] = 0xff;
        }
        CHECK((higher == 15 || middle < Address::v6(octets)));
        octets[higher] = 0x7f;
        CHECK(Address::v6(octets) < middle);
        CHECK(middle > Address::v6(octets));
        CHECK(middle != Address::v6(octets));
    }
}

TEST_CASE("a prefix holds exactly its addresses") {
    const auto prefix = Prefix::parse("192.0.2.64/26");
    REQUIRE(prefix.has_value());
    CHECK(prefix->size() == 64);
    CHECK(prefix->contains(*Address::parse("192.0.2.64")));
    CHECK(prefix->contains(*Address::parse("192.0.2.127")));
    CHECK_FALSE(prefix->contains(*Address::parse("192.0.2.128")));
    CHECK_FALSE(prefix->contains(*Address::parse("192.0.2.63")));
    CHECK_FALSE(prefix->contains(*Address::parse("::ffff:192.0.2.64")));
    CHECK(Prefix::parse("::/0")->contains(*Address::parse("2001:db8::1")));
    CHECK(Prefix::parse("::/0")->size() == UINT64_MAX);
    CHECK(Prefix::parse("2001:db8::/65")->size() == std::uint64_t{1} << 63U);
}

TEST_CASE("a prefix prints its length unless it is a single address") {
    CHECK(Prefix::parse("10.0.0.0/8")->to_string() == "10.0.0.0/8");
    CHECK(Prefix::parse("10.0.0.0/32")->to_string() == "10.0.0.0");
    CHECK(Prefix(*Address::parse("10.9.8.7"), 12).to_string() == "10.0.0.0/12");
    for (const auto* text :
         {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8 ", "/8", "::/129"}) {
        CHECK_FALSE(Prefix::parse(text).has_value());
    }
}

TEST_CASE(
    "who knows how addresses are hashed, but not this process's secret, cannot choose many of one hash") {
    std::set<std::size_t> hashes;
    constexpr std::size_t chosen = 1000;
    for (std::uint64_t number = 0; number < chosen; ++number) {
        // Without the secret the lower half would take back what the upper one comes to.
        const std::uint64_t half = 0xb80d0120ULL | number << 40U;
        std::array<std::uint8_t, 16> octets{};
        std::memcpy(octets.data(), &half, sizeof half);
        std::memcpy(octets.data() + sizeof half, &half, sizeof half);
        hashes.insert(std::hash<Address>()(Address::v6(octets)));
    }
    CHECK(hashes.size() == chosen);
}
