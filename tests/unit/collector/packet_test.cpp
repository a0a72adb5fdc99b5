#include <collector/packet.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace fwlearn;
using collector::decode_packet;
using Octets = std::vector<std::uint8_t>;

namespace {

Octets ipv4(std::uint8_t protocol, const Octets& payload, std::uint16_t fragment = 0) {
    Octets packet{0x45,
                  0,
                  0,
                  0,
                  0,
                  0,
                  static_cast<std::uint8_t>(fragment >> 8U),
                  static_cast<std::uint8_t>(fragment),
                  64,
                  protocol,
                  0,
                  0,
                  192,
                  0,
                  2,
                  10,
                  198,
                  51,
                  100,
                  7};
    packet.insert(packet.end(), payload.begin(), payload.end());
    return packet;
}

Octets ipv6(std::uint8_t next, const Octets& payload) {
    Octets packet{0x60, 0, 0, 0, 0, 0, next, 64};
    const auto source = *model::Address::parse("2001:db8:1::10");
    const auto destination = *model::Address::parse("2001:db8:2::7");
    packet.insert(packet.end(), source.octets().begin(), source.octets().end());
    packet.insert(packet.end(), destination.octets().begin(), destination.octets().end());
    packet.insert(packet.end(), payload.begin(), payload.end());
    return packet;
}

const Octets ports_4242_443{0x10, 0x92, 0x01, 0xbb};

} // namespace

TEST_CASE("a TCP packet gives addresses and ports") {
    const auto packet = decode_packet(ipv4(6, ports_4242_443));
    REQUIRE(packet.has_value());
    CHECK(packet->tuple.source == *model::Address::parse("192.0.2.10"));
    CHECK(packet->tuple.destination.address == *model::Address::parse("198.51.100.7"));
    CHECK(packet->tuple.destination.service == model::Service::port(model::protocol::tcp, 443));
    CHECK(packet->tuple.source_detail == 4242);
    CHECK_FALSE(packet->unreachable.has_value());
}

TEST_CASE("IPv4 options are skipped") {
    auto packet = ipv4(17, {1, 1, 1, 1, 0x10, 0x92, 0x00, 0x35});
    packet[0] = 0x46;
    CHECK(decode_packet(packet)->tuple.destination.service == model::Service::port(model::protocol::udp, 53));
}

TEST_CASE("IPv6 extension headers are walked, AH is where a rule would stop") {
    // hop-by-hop (8 octets), destination options (16 octets), first fragment, then UDP
    Octets chain{60, 0, 0, 0, 0, 0, 0, 0, 44, 1, 0, 0, 0, 0, 0, 0,
                 0,  0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 1};
    chain.insert(chain.end(), ports_4242_443.begin(), ports_4242_443.end());
    const auto packet = decode_packet(ipv6(0, chain));
    REQUIRE(packet.has_value());
    CHECK(packet->tuple.destination.service == model::Service::port(model::protocol::udp, 443));
    CHECK(packet->tuple.destination.address == *model::Address::parse("2001:db8:2::7"));
    CHECK(decode_packet(ipv6(51, Octets(24, 6)))->tuple.destination.service.protocol == model::protocol::ah);
}

TEST_CASE("an echo request carries type, code and identifier") {
    const auto packet = decode_packet(ipv4(1, {8, 0, 0, 0, 0x12, 0x34, 0, 1}));
    REQUIRE(packet.has_value());
    CHECK(packet->tuple.destination.service == model::Service::icmp(model::protocol::icmp, 8, 0));
    CHECK(packet->tuple.source_detail == 0x1234);
    CHECK(decode_packet(ipv6(58, {128, 0, 0, 0, 0x12, 0x34, 0, 1}))->tuple.source_detail == 0x1234);
    CHECK(decode_packet(ipv4(1, {5, 1, 0, 0, 9, 9, 9, 9}))->tuple.source_detail == 0);
}

TEST_CASE("a protocol without ports has none, whatever follows") {
    const auto packet = decode_packet(ipv4(47, {1, 2, 3, 4}));
    REQUIRE(packet.has_value());
    CHECK(packet->tuple.destination.service == model::Service{model::protocol::gre, 0});
    CHECK(packet->tuple.source_detail == 0);
    CHECK(decode_packet(ipv4(253, {})).has_value());
}

TEST_CASE("an unreachable message names the flow that it is about") {
    Octets message{3, 3, 0, 0, 0, 0, 0, 0};
    const auto inner = ipv4(17, ports_4242_443);
    message.insert(message.end(), inner.begin(), inner.end());
    const auto packet = decode_packet(ipv4(1, message));
    REQUIRE(packet.has_value());
    REQUIRE(packet->unreachable.has_value());
    CHECK(packet->unreachable->destination.service == model::Service::port(model::protocol::udp, 443));
    CHECK(packet->unreachable->source_detail == 4242);

    message[1] = 4; // fragmentation needed refuses nothing
    CHECK_FALSE(decode_packet(ipv4(1, message))->unreachable.has_value());
}

TEST_CASE("what is cut, malformed or a later fragment is nothing") {
    CHECK_FALSE(decode_packet({}).has_value());
    CHECK_FALSE(decode_packet(Octets{0x50}).has_value());
    CHECK_FALSE(decode_packet(ipv4(6, ports_4242_443, 0x0001)).has_value());
    auto bad_header_length = ipv4(6, ports_4242_443);
    bad_header_length[0] = 0x44;
    CHECK_FALSE(decode_packet(bad_header_length).has_value());
    bad_header_length[0] = 0x4f;
    CHECK_FALSE(decode_packet(bad_header_length).has_value());
    for (const auto& whole :
         {ipv4(6, ports_4242_443), ipv6(17, ports_4242_443), ipv4(1, {8, 0, 0, 0, 1, 2, 3, 4})}) {
        for (std::size_t length = 0; length < whole.size(); ++length) {
            CHECK_FALSE(decode_packet(std::span(whole).first(length)).has_value());
        }
        CHECK(decode_packet(whole).has_value());
    }
}

TEST_CASE("a copy that is cut is told from a packet that is whole") {
    const Octets segment{0x10, 0x92, 0, 53, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x10, 1, 0, 0, 0, 0, 0, 'a', 'b'};
    auto v4 = ipv4(6, segment);
    v4[3] = static_cast<std::uint8_t>(v4.size());
    auto v6 = ipv6(6, segment);
    v6[5] = static_cast<std::uint8_t>(segment.size());
    for (auto whole : {v4, v6}) {
        const auto carried = collector::decode_carried(whole);
        REQUIRE(carried.has_value());
        CHECK_FALSE(carried->cut);
        CHECK(carried->payload.size() == 2);
        const auto cut = collector::decode_carried(std::span(whole).first(whole.size() - 1));
        REQUIRE(cut.has_value());
        CHECK(cut->cut);
        CHECK(cut->payload.size() == 1);
    }
    v4[3] = 0; // the kernel's own large packets do not say
    CHECK_FALSE(collector::decode_carried(v4)->cut);
}

TEST_CASE("a first fragment, with more to come, is read") {
    CHECK(decode_packet(ipv4(6, ports_4242_443, 0x2000)).has_value());
}
