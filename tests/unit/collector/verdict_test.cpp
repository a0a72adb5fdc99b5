#include <collector/logged_twice.hpp>
#include <collector/nflog.hpp>
#include <model/denial_log.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace fwlearn;
using namespace std::chrono_literals;
using collector::LoggedTwice;
using collector::Tuple;

namespace {

Tuple tuple(std::uint16_t source_port) {
    return {*model::Address::parse("192.0.2.10"),
            {model::Service::port(model::protocol::udp, 53), *model::Address::parse("198.51.100.7")},
            source_port};
}

std::chrono::steady_clock::time_point at(std::chrono::milliseconds offset) {
    return std::chrono::steady_clock::time_point(100s) + offset;
}

} // namespace

TEST_CASE("only the whitelist's own prefixes, to the letter, say that a packet was denied or would be") {
    CHECK(collector::verdict_of_prefix(model::denied_prefix) == model::FlowVerdict::denied);
    CHECK(collector::verdict_of_prefix(model::shadowed_prefix) == model::FlowVerdict::shadowed);
    for (const auto* const other : {"", "fwlearn", "fwlearn names", "fwlearn denied: ", "FWLEARN DENIED"}) {
        CHECK(collector::verdict_of_prefix(other) == model::FlowVerdict::accepted);
    }
    // NFULA_PREFIX holds 127 octets, and none of these may be cut.
    CHECK(std::string(model::shadowed_prefix).size() < 127);
}

TEST_CASE("of a packet that is logged twice the second message is told, once, and no other packet's") {
    LoggedTwice packets;
    CHECK_FALSE(packets.is_second(tuple(1)));
    packets.first(tuple(1), at(0ms));
    packets.first(tuple(2), at(0ms));
    CHECK(packets.is_second(tuple(1)));
    CHECK_FALSE(packets.is_second(tuple(1)));
    packets.first(tuple(2), at(1ms)); // a repetition before the first one's second message
    CHECK(packets.is_second(tuple(2)));
    CHECK(packets.is_second(tuple(2)));
    CHECK_FALSE(packets.is_second(tuple(2)));
}

TEST_CASE("a second message that never comes is not waited for for long, nor are many of them") {
    LoggedTwice packets;
    packets.first(tuple(1), at(0ms));
    packets.first(tuple(2), at(6s));
    CHECK(packets.is_second(tuple(1))); // late, for a database that is locked
    packets.first(tuple(1), at(6s));
    packets.first(tuple(3), at(12s));
    packets.first(tuple(4), at(18s));
    CHECK_FALSE(packets.is_second(tuple(1)));
    CHECK_FALSE(packets.is_second(tuple(2)));
    CHECK(packets.is_second(tuple(4)));
    for (std::uint32_t port = 0; port < 65536; ++port) {
        packets.first(tuple(static_cast<std::uint16_t>(port)), at(18s));
    }
    CHECK_FALSE(packets.is_second(tuple(0))); // made room
    CHECK(packets.is_second(tuple(65535)));
}
