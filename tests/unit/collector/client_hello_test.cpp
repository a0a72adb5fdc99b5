// Is the server's name found in what real TLS clients send, and in nothing else?
#include "captures.hpp"
#include "client_hello.hpp"

#include <model/host_name.hpp>

using namespace fwlearn;
using namespace fwlearn::collector::names;
using namespace fwlearn::collector::test;
using State = SaidName::State;

namespace {

struct Known {
    const char* file;
    const char* name;
};
constexpr Known hellos[] = {
    {"openssl.hello", "openssl.example.org"},
    {"openssl_12.hello", "openssl12.example.org"},
    {"curl.hello", "curl.example.org"},
    {"gnutls.hello", "gnutls.example.org"},
    {"gnutls_no_sni.hello", ""},
    {"python.hello", "python.example.org"},
};

/// A ClientHello with these extensions, in a record of its own.
Octets hello_with(const Octets& extensions) {
    Octets body = from_hexadecimal("0303" + std::string(64, '5') + "000002c02f0100");
    const auto put_16 = [](Octets& to, std::size_t value) {
        to.push_back(static_cast<std::uint8_t>(value >> 8U));
        to.push_back(static_cast<std::uint8_t>(value));
    };
    put_16(body, extensions.size());
    body.insert(body.end(), extensions.begin(), extensions.end());
    Octets handshake{1, 0};
    put_16(handshake, body.size());
    handshake.insert(handshake.end(), body.begin(), body.end());
    Octets record{22, 3, 1};
    put_16(record, handshake.size());
    record.insert(record.end(), handshake.begin(), handshake.end());
    return record;
}

/// server_name with one host_name.
Octets server_name(const std::string& name) {
    const auto in_two_octets = [](std::size_t value) {
        return std::string{static_cast<char>(value >> 8U), static_cast<char>(value)};
    };
    const auto zero = std::string(1, '\0');
    const auto entry = zero + in_two_octets(name.size()) + name;
    const auto list = in_two_octets(entry.size()) + entry;
    return octets_of(in_two_octets(0) + in_two_octets(list.size()) + list);
}

} // namespace

TEST_CASE("real ClientHellos say their server's name, however they are split") {
    for (const auto& known : hellos) {
        const std::string file = known.file;
        const std::string name = known.name;
        CAPTURE(file);
        const auto bytes = capture(file);
        const auto whole = tls_server_name(bytes);
        CHECK(whole.state == State::complete);
        CHECK(whole.name == name);
        CHECK_FALSE(whole.outer);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            REQUIRE(tls_server_name(std::span(bytes).first(length)).state == State::incomplete);
        }
        CHECK(tls_server_name_of_handshake(std::span(bytes).subspan(5)) == whole);
    }
}

TEST_CASE("a ClientHello may be spread over records") {
    const auto bytes = capture("curl.hello");
    for (std::size_t cut = 6; cut < bytes.size(); ++cut) {
        Octets two(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut));
        two[3] = static_cast<std::uint8_t>((cut - 5) >> 8U);
        two[4] = static_cast<std::uint8_t>(cut - 5);
        const auto rest = bytes.size() - cut;
        two.insert(two.end(),
                   {22, 3, 1, static_cast<std::uint8_t>(rest >> 8U), static_cast<std::uint8_t>(rest)});
        two.insert(two.end(), bytes.begin() + static_cast<std::ptrdiff_t>(cut), bytes.end());
        REQUIRE(tls_server_name(two).name == "curl.example.org");
    }
}

TEST_CASE("whatever octet is changed, nothing is read beyond, and no name is made up") {
    for (const auto& [file, name] : hellos) {
        const auto bytes = capture(file);
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            for (const int change : {1, 0x80, 0xff}) {
                auto broken = bytes;
                broken[at] = static_cast<std::uint8_t>(broken[at] ^ change);
                const auto said = tls_server_name(broken);
                REQUIRE((said.name.empty() || model::host_name(said.name) == said.name));
                REQUIRE((said.state == State::complete || said.name.empty()));
            }
        }
    }
}

TEST_CASE("what is no ClientHello is foreign at once") {
    CHECK(tls_server_name(octets_of("GET / HTTP/1.1\r\n")).state == State::foreign);
    CHECK(tls_server_name(octets_of("\x17\x03\x03")).state == State::foreign);
    CHECK(tls_server_name(octets_of("\x16\x02")).state == State::foreign);
    CHECK(tls_server_name(from_hexadecimal("1603030000")).state == State::foreign);   // an empty record
    CHECK(tls_server_name(from_hexadecimal("160303000410")).state == State::foreign); // ClientKeyExchange
    CHECK(tls_server_name({}).state == State::incomplete);
}

TEST_CASE(
    "an address, a wildcard or control octets are no name; two names, and two extensions, are foreign") {
    for (const auto* name : {"192.0.2.1", "*.example.org", "a\nb.example.org", "2001:db8::1", "a b"}) {
        const auto said = tls_server_name(hello_with(server_name(name)));
        CHECK(said.state == State::complete);
        CHECK(said.name.empty());
    }
    CHECK(tls_server_name(hello_with(server_name("WWW.Example.org."))).name == "www.example.org");
    auto twice = server_name("a.example");
    const auto other = server_name("b.example");
    twice.insert(twice.end(), other.begin(), other.end());
    CHECK(tls_server_name(hello_with(twice)).state == State::foreign);
    // RFC 8701: values that mean nothing, before and behind.
    auto greased = from_hexadecimal("0a0a0000");
    const auto named = server_name("a.example");
    greased.insert(greased.end(), named.begin(), named.end());
    greased.insert(greased.end(), {0xfa, 0xfa, 0, 1, 0});
    CHECK(tls_server_name(hello_with(greased)).name == "a.example");
    // encrypted_client_hello of type outer: the name is the front's.
    auto encrypted = named;
    encrypted.insert(encrypted.end(), {0xfe, 0x0d, 0, 2, 0, 0});
    CHECK(tls_server_name(hello_with(encrypted)).outer);
    CHECK(tls_server_name(hello_with({})).state == State::complete);
}
