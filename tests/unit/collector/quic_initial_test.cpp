// Are a QUIC client's Initial packets opened, put together and read, and nothing else?
#include "captures.hpp"
#include "quic_initial.hpp"
#include "quic_keys.hpp"

#include <model/host_name.hpp>

#include <algorithm>

using namespace fwlearn;
using namespace fwlearn::collector::names;
using namespace fwlearn::collector::test;
using State = SaidName::State;

namespace {

const Octets connection_id = from_hexadecimal("8394c8f03e515708");

/// A CRYPTO frame (RFC 9000 19.6).
Octets crypto_frame(std::size_t offset, std::span<const std::uint8_t> data) {
    std::string frame{6, static_cast<char>(0x40U | offset >> 8U), static_cast<char>(offset),
                      static_cast<char>(0x40U | data.size() >> 8U), static_cast<char>(data.size())};
    frame.append(data.begin(), data.end());
    return octets_of(frame);
}

/// A protected Initial packet with this payload.
Octets initial(std::uint32_t version, const Octets& payload, std::uint8_t number = 0) {
    Octets header{static_cast<std::uint8_t>(version == quic_version_1 ? 0xc0 : 0xd0)};
    for (unsigned shift = 32; shift > 0; shift -= 8) {
        header.push_back(static_cast<std::uint8_t>(version >> (shift - 8)));
    }
    header.push_back(static_cast<std::uint8_t>(connection_id.size()));
    header.insert(header.end(), connection_id.begin(), connection_id.end());
    header.push_back(0); // no source id
    header.push_back(0); // no token
    const auto length = 1 + payload.size() + 16;
    header.push_back(static_cast<std::uint8_t>(0x40U | length >> 8U));
    header.push_back(static_cast<std::uint8_t>(length));
    header.push_back(number);
    return seal_initial(client_initial_keys(version, connection_id), header, payload);
}

/// The handshake message of a real client.
Octets hello() {
    const auto record = capture("curl.hello");
    return {record.begin() + 5, record.end()};
}

Octets joined(std::initializer_list<Octets> parts) {
    Octets all;
    for (const auto& part : parts) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

} // namespace

TEST_CASE("the keys are those of RFC 9001, appendix A.1") {
    const auto keys = client_initial_keys(quic_version_1, connection_id);
    CHECK(Octets(keys.key.begin(), keys.key.end()) == from_hexadecimal("1f369613dd76d5467730efcbe3b1a22d"));
    CHECK(Octets(keys.iv.begin(), keys.iv.end()) == from_hexadecimal("fa044b2f42a3fd3b46fb255c"));
    CHECK(Octets(keys.header.begin(), keys.header.end()) ==
          from_hexadecimal("9f50449e04a0e810283a1e9933adedd2"));
}

TEST_CASE("a real client's first datagram says its server's name") {
    const auto datagram = capture("ngtcp2.quic");
    CHECK(QuicHello().add(datagram).name == "localhost");
    // No octet of it can be changed without the tag telling, or the packet being another's.
    for (std::size_t at = 0; at < datagram.size(); ++at) {
        auto broken = datagram;
        broken[at] ^= 0x55U;
        const auto said = QuicHello().add(broken);
        REQUIRE((said.name.empty() || said.name == "localhost"));
    }
    for (std::size_t length = 0; length < datagram.size(); length += 7) {
        REQUIRE(QuicHello().add(std::span(datagram).first(length)).name.empty());
    }
}

TEST_CASE("both versions, several packets, any order, and frames that are nothing to us") {
    const auto whole = hello();
    const std::span all(whole);
    for (const auto version : {quic_version_1, quic_version_2}) {
        CAPTURE(version);
        CHECK(QuicHello().add(initial(version, crypto_frame(0, all))).name == "curl.example.org");
        const auto first = crypto_frame(0, all.first(200));
        const auto second = crypto_frame(200, all.subspan(200));
        QuicHello backwards;
        CHECK(backwards.add(initial(version, second, 1)).state == State::incomplete);
        CHECK(backwards.add(initial(version, first)).name == "curl.example.org");
        QuicHello coalesced;
        CHECK(coalesced.add(joined({initial(version, first), initial(version, second, 1)})).name ==
              "curl.example.org");
        const auto mixed = joined({{0, 1, 2, 5, 0, 0, 0}, second, {0, 0}, first});
        CHECK(QuicHello().add(initial(version, mixed)).name == "curl.example.org");
    }
}

TEST_CASE("what cannot be opened or does not belong there is foreign") {
    const auto whole = hello();
    auto tampered = initial(quic_version_1, crypto_frame(0, whole));
    tampered.back() ^= 1U;
    CHECK(QuicHello().add(tampered).state == State::foreign);
    CHECK(QuicHello().add(initial(3, crypto_frame(0, whole))).state == State::foreign);
    CHECK(QuicHello().add(initial(quic_version_1, Octets(40, 8))).state == State::foreign); // STREAM
    CHECK(QuicHello().add(initial(quic_version_1, joined({crypto_frame(0, {}), {6, 0x40}}))).state ==
          State::foreign);
    CHECK(QuicHello().add({}).state == State::foreign);
    // Nor is one in a thousand pieces kept.
    Octets crumbs;
    for (std::size_t offset = 1; offset < 400; ++offset) {
        const auto crumb = crypto_frame(offset * 2, std::span(whole).first(1));
        crumbs.insert(crumbs.end(), crumb.begin(), crumb.end());
    }
    CHECK(QuicHello().add(initial(quic_version_1, crumbs)).state == State::foreign);
    // A stream that never ends is given up.
    QuicHello endless;
    SaidName said;
    const Octets piece(1000, 0);
    for (std::size_t offset = 1; offset < 16'000; offset += 1000) {
        said = endless.add(initial(quic_version_1, crypto_frame(offset, piece)));
    }
    said = endless.add(initial(quic_version_1, crypto_frame(16'100, piece)));
    CHECK(said.state == State::foreign);
}
