// Is what a client says put together from its segments, bounded, and given up in time?
#include "captures.hpp"
#include "heads.hpp"

using namespace fwlearn;
using namespace fwlearn::collector;
using namespace fwlearn::collector::names;
using namespace fwlearn::collector::test;
using namespace std::chrono_literals;

namespace {

Now at(std::chrono::seconds seconds) {
    return {model::Timestamp(seconds), std::chrono::steady_clock::time_point(seconds)};
}

Tuple flow_from(std::uint16_t port, model::Protocol protocol = model::protocol::tcp) {
    Tuple flow;
    flow.source_detail = port;
    flow.destination = {model::Service::port(protocol, 443), *model::Address::parse("192.0.2.1")};
    return flow;
}

std::string name_in(const std::optional<Heads::Said>& said) {
    return said ? said->name : "";
}

} // namespace

TEST_CASE("a beginning in pieces, out of order or repeated, says its name once it is whole") {
    const auto hello = capture("curl.hello");
    const std::span all(hello);
    for (const std::size_t cut : {std::size_t{1}, std::size_t{5}, std::size_t{100}, hello.size() - 1}) {
        Heads heads;
        const auto flow = flow_from(1);
        const auto sequence = 0xffffff00U;
        const auto rest = static_cast<std::uint32_t>(cut);
        CHECK_FALSE(heads.add({flow, sequence, false, false, all.first(cut)}, at(0s)));
        CHECK_FALSE(heads.add({flow, sequence, false, false, all.first(cut)}, at(0s)));
        const auto said = heads.add({flow, sequence + rest, false, false, all.subspan(cut)}, at(1s));
        CHECK(name_in(said) == "curl.example.org");
        CHECK(said->source == model::BindingSource::tls_sni);
        CHECK(heads.given_up() == 0);
    }
}

TEST_CASE("requests and QUIC say theirs, and a proxy's request says none") {
    Heads heads;
    const auto http = heads.add({flow_from(1), 7, false, false, capture("curl.http")}, at(0s));
    CHECK(name_in(http) == "web.example.org");
    CHECK(http->source == model::BindingSource::http_host);
    CHECK_FALSE(heads.add({flow_from(2), 7, false, false, capture("curl_proxy.http")}, at(0s)));
    const auto quic =
        heads.add({flow_from(3, model::protocol::udp), 0, false, false, capture("ngtcp2.quic")}, at(0s));
    CHECK(name_in(quic) == "localhost");
    CHECK(heads.given_up() == 0);
}

TEST_CASE("what says nothing is given up: another protocol, an end, a pause, one too many") {
    const auto hello = capture("curl.hello");
    const std::span all(hello);
    Heads heads(2);
    CHECK_FALSE(heads.add({flow_from(1), 0, false, false, octets_of("SSH-2.0-x\r\n")}, at(0s)));
    CHECK(heads.given_up() == 1);
    CHECK_FALSE(heads.add({flow_from(2), 0, false, true, all.first(50)}, at(0s)));
    CHECK(heads.given_up() == 2);
    // After a pause the rest is no longer its rest.
    CHECK_FALSE(heads.add({flow_from(3), 0, false, false, all.first(50)}, at(0s)));
    CHECK_FALSE(heads.add({flow_from(3), 50, false, false, all.subspan(50)}, at(11s)));
    CHECK_FALSE(heads.add({flow_from(4), 0, false, false, all.first(50)}, at(20s)));
    CHECK_FALSE(heads.add({flow_from(5), 0, false, false, all.first(50)}, at(20s)));
    auto before = heads.given_up();
    // A copy that lacks a part never says the rest.
    CHECK_FALSE(heads.add({flow_from(4), 50, false, false, all.subspan(50, 50), true}, at(20s)));
    CHECK(heads.given_up() == before + 1);
    CHECK_FALSE(heads.add({flow_from(4), 0, false, false, all.first(50)}, at(20s)));
    before = heads.given_up();
    CHECK_FALSE(heads.add({flow_from(6), 0, false, false, all.first(50)}, at(20s)));
    CHECK(heads.given_up() == before + 1);
    CHECK_FALSE(heads.add({flow_from(7), 0, false, false, {}}, at(20s)));
}
