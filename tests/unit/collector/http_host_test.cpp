// Is the Host field of requests found, and is a proxy's request not taken for the proxy's name?
#include "captures.hpp"
#include "http_host.hpp"

using namespace fwlearn::collector::names;
using namespace fwlearn::collector::test;
using State = SaidName::State;

namespace {

SaidName host(const std::string& text) {
    return http_host(octets_of(text));
}

} // namespace

TEST_CASE("real requests say their host, however they are split") {
    for (const auto& [file, name] :
         {std::pair{"curl.http", "web.example.org"}, std::pair{"curl_post.http", "post.example.org"},
          std::pair{"curl_proxy.http", ""}, std::pair{"curl_connect.http", ""}}) {
        const std::string which = file;
        CAPTURE(which);
        const auto bytes = capture(file);
        const auto whole = http_host(bytes);
        CHECK(whole.state == State::complete);
        CHECK(whole.name == name);
        const std::string text(bytes.begin(), bytes.end());
        const auto head = text.find("\r\n\r\n") + 4;
        for (std::size_t length = 0; length < head; ++length) {
            REQUIRE(http_host(std::span(bytes).first(length)).state == State::incomplete);
        }
    }
}

TEST_CASE("the port goes, and what is no host's name is none") {
    CHECK(host("GET / HTTP/1.1\r\nHost: A.Example.ORG:8080\r\n\r\n").name == "a.example.org");
    CHECK(host("GET / HTTP/1.1\nhOST:\ta.example \n\n").name == "a.example");
    for (const auto* value :
         {"192.0.2.1", "[2001:db8::1]:80", "a.example:80x", "", " ", "a b.example", "*.example"}) {
        CAPTURE(std::string(value));
        const auto said = host("GET / HTTP/1.1\r\nHost: " + std::string(value) + "\r\n\r\n");
        CHECK(said.state == State::complete);
        CHECK(said.name.empty());
    }
    CHECK(host("OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n").name == "a.example");
    CHECK(host("GET / HTTP/1.0\r\nAccept: x\r\n\r\n").state == State::complete);
}

TEST_CASE("two hosts, folded lines, NUL and too long a head are foreign") {
    CHECK(host("GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n").state == State::foreign);
    CHECK(host("GET / HTTP/1.1\r\nX: y\r\n Host: a.example\r\n\r\n").state == State::foreign);
    CHECK(host("GET / HTTP/1.1\r\nno colon\r\n\r\n").state == State::foreign);
    CHECK(host("GET / HTTP/1.1\r\nHost: a" + std::string(1, '\0') + ".example\r\n\r\n").state ==
          State::foreign);
    CHECK(host("GET /" + std::string(20'000, 'a')).state == State::foreign);
    CHECK(host("GET / SIP/2.0\r\n").state == State::foreign);
    CHECK(host("SSH-2.0-OpenSSH\r\n").state == State::foreign);
    CHECK(host("\x16\x03").state == State::foreign);
    CHECK(host(std::string(40, 'A')).state == State::foreign);
}
