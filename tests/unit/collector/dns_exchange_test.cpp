// Does an answer count for whom it should, and for nobody else? Questions, streams, and what is remembered.
#include "captures.hpp"
#include "dns_streams.hpp"
#include "exchanges.hpp"
#include "known_names.hpp"
#include "sent_flows.hpp"
#include "tcp_stream.hpp"

using namespace fwlearn;
using namespace fwlearn::collector;
using namespace fwlearn::collector::names;
using namespace fwlearn::collector::test;
using namespace std::chrono_literals;

namespace {

Tuple flow_from(std::uint16_t port, const char* resolver = "192.0.2.53") {
    Tuple flow;
    flow.source = *model::Address::parse("192.0.2.10");
    flow.source_detail = port;
    flow.destination = {model::Service::port(model::protocol::udp, 53), *model::Address::parse(resolver)};
    return flow;
}

DnsQuestion question(const std::string& name) {
    return {name, dns_type::a};
}

const auto user = model::SocketOwner::user(33, 33);

Resolved answer(const std::string& name, const char* address, std::uint32_t ttl = 60) {
    return {name, name, {*model::Address::parse(address)}, ttl};
}

const auto here = *model::Address::parse("198.51.100.7");

std::string found(const KnownNames& known, const Party& who, const Now& now) {
    const auto name = known.find(who, here, now);
    return name ? name->name : "none";
}

std::string text_of(std::span<const std::uint8_t> bytes) {
    return {bytes.begin(), bytes.end()};
}

} // namespace

TEST_CASE(
    "an answer counts once, for the question from that port, to that server, with that number and name") {
    Exchanges exchanges;
    exchanges.asked(flow_from(1000), 7, question("a.example"), user, at(0s));
    CHECK_FALSE(exchanges.answered(flow_from(1000), 8, question("a.example"), at(1s)));
    CHECK_FALSE(exchanges.answered(flow_from(1001), 7, question("a.example"), at(1s)));
    CHECK_FALSE(exchanges.answered(flow_from(1000, "203.0.113.66"), 7, question("a.example"), at(1s)));
    CHECK_FALSE(exchanges.answered(flow_from(1000), 7, question("b.example"), at(1s)));
    CHECK_FALSE(exchanges.answered(flow_from(1000), 7, {"a.example", dns_type::aaaa}, at(1s)));
    CHECK(exchanges.answered(flow_from(1000), 7, question("a.example"), at(1s)) == user);
    CHECK_FALSE(exchanges.answered(flow_from(1000), 7, question("a.example"), at(1s)));
}

TEST_CASE("questions are forgotten in time, and bounded in number") {
    Exchanges exchanges(2);
    exchanges.asked(flow_from(1), 1, question("a.example"), user, at(0s));
    exchanges.asked(flow_from(2), 2, question("a.example"), user, at(0s));
    exchanges.asked(flow_from(3), 3, question("a.example"), user, at(0s));
    CHECK(exchanges.dropped() == 1);
    CHECK(exchanges.waiting() == 2);
    CHECK_FALSE(
        exchanges.answered(flow_from(2), 2, question("a.example"), at(1s))); // the oldest but the first
    CHECK(exchanges.answered(flow_from(3), 3, question("a.example"), at(1s)) == user);
    CHECK_FALSE(exchanges.answered(flow_from(1), 1, question("a.example"), at(61s)));
    CHECK(exchanges.waiting() == 0);
    // Asked again under the same number: the later one counts.
    exchanges.asked(flow_from(4), 4, question("a.example"), user, at(100s));
    exchanges.asked(flow_from(4), 4, question("a.example"), user, at(150s));
    CHECK(exchanges.answered(flow_from(4), 4, question("a.example"), at(200s)) == user);
}

TEST_CASE("who asks without end loses his own questions") {
    constexpr std::uint16_t many = 10'000;
    Exchanges exchanges(512);
    const auto flooder = model::SocketOwner::user(1000, 1000);
    for (std::uint16_t id = 0; id < many; ++id) {
        exchanges.asked(flow_from(id), id, question("a.example"), flooder, at(0s));
        if (id % 1000 == 0) {
            exchanges.asked(flow_from(53, "203.0.113.53"), id, question("b.example"), user, at(0s));
            const auto before = exchanges.dropped();
            CHECK(exchanges.answered(flow_from(53, "203.0.113.53"), id, question("b.example"), at(0s)) ==
                  user);
            CHECK(exchanges.dropped() == before);
        }
    }
    CHECK(exchanges.waiting() <= 512);
    CHECK(exchanges.dropped() >= many - 512);
    exchanges.asked(flow_from(1), 1, question("c.example"), user, at(0s));
    for (std::uint16_t id = 0; id < many; ++id) {
        exchanges.asked(flow_from(id), id, question("a.example"), flooder, at(1s));
    }
    CHECK(exchanges.answered(flow_from(1), 1, question("c.example"), at(2s)) == user);
    // A minute later all is as it was in the beginning.
    exchanges.asked(flow_from(1), 1, question("d.example"), flooder, at(70s));
    CHECK(exchanges.waiting() == 1);
    exchanges.asked(flow_from(2), 2, question("d.example"), user, at(70s));
    for (std::uint16_t id = 0; id < many; ++id) {
        exchanges.asked(flow_from(id), id, question("a.example"), flooder, at(70s));
    }
    CHECK(exchanges.answered(flow_from(1), 1, question("d.example"), at(71s)) == flooder);
    CHECK(exchanges.answered(flow_from(2), 2, question("d.example"), at(71s)) == user);
}

TEST_CASE("what a process asked for itself comes first, and of that the last") {
    KnownNames known;
    const Party one{1, user};
    const Party other{2, user};
    known.learn(one, Reach::host, answer("first.example", "198.51.100.7"), at(0s));
    CHECK(found(known, one, at(1s)) == "first.example");
    CHECK(known.find(one, here, at(1s))->source == model::BindingSource::dns_process);
    CHECK(found(known, other, at(1s)) == "first.example");
    CHECK(known.find(other, here, at(1s))->source == model::BindingSource::dns_host);
    known.learn(one, Reach::host, answer("second.example", "198.51.100.7"), at(2s));
    CHECK(found(known, one, at(3s)) == "second.example");
    CHECK_FALSE(known.find(one, here, at(3s))->only);
    CHECK(found(known, other, at(3s)) == "none"); // one of two
    known.learn(one, Reach::host, answer("first.example", "198.51.100.7"), at(4s));
    CHECK(found(known, one, at(5s)) == "first.example");
    CHECK(known.knows(one, here, "second.example", at(5s)) == model::BindingSource::dns_process);
    CHECK_FALSE(known.knows(one, here, "third.example", at(5s)));
}

TEST_CASE("an answer reaches no further than its resolver and its asker deserve") {
    KnownNames known;
    const Party asker{1, model::SocketOwner::user(1000, 1000)};
    const Party same_user{2, model::SocketOwner::user(1000, 1000)};
    const Party stranger{3, user};
    known.learn(asker, Reach::process, answer("own.example", "198.51.100.7"), at(0s));
    CHECK(found(known, asker, at(1s)) == "own.example");
    CHECK(found(known, same_user, at(1s)) == "none");
    CHECK(found(known, stranger, at(1s)) == "none");
    known.learn(asker, Reach::user, answer("own.example", "198.51.100.7"), at(0s));
    CHECK(found(known, same_user, at(1s)) == "own.example");
    CHECK(found(known, stranger, at(1s)) == "none");
    known.learn({}, Reach::process, answer("nobody.example", "198.51.100.7"), at(0s));
    CHECK(found(known, {}, at(1s)) == "none");
}

TEST_CASE("where it is not known which process of the user asked last, it may have been this one") {
    KnownNames known;
    const Party one{1, user};
    known.learn(one, Reach::user, answer("mine.example", "198.51.100.7"), at(0s));
    known.learn({0, user}, Reach::user, answer("whose.example", "198.51.100.7"), at(1s));
    CHECK(found(known, one, at(2s)) == "none");
    known.learn(one, Reach::user, answer("mine.example", "198.51.100.7"), at(3s));
    CHECK(found(known, one, at(4s)) == "mine.example");
}

TEST_CASE("answers live for their TTL and a grace") {
    KnownNames known;
    const Party one{1, user};
    known.learn(one, Reach::process, answer("a.example", "198.51.100.7", 100), at(0s));
    CHECK(found(known, one, at(100s)) == "a.example");
    CHECK(found(known, one, at(24h + 99s)) == "a.example");
    CHECK(found(known, one, at(24h + 101s)) == "none");
}

/// Names of so many other addresses.
void learn_others(KnownNames& known, const Party& who, unsigned count, const Now& now) {
    for (unsigned index = 0; index < count; ++index) {
        known.learn(who, Reach::host,
                    {"b.example", "b.example", {model::Address::v4(0x0a000000U + index)}, 1'000'000}, now);
    }
}

TEST_CASE("where there are too many names of one user the oldest go, but for the first") {
    KnownNames known(64);
    const Party one{1, user};
    learn_others(known, one, 1, at(0s));
    known.learn(one, Reach::process, answer("a.example", "198.51.100.7"), at(0s));
    CHECK(found(known, one, at(1s)) == "a.example");
    learn_others(known, one, 100, at(1s));
    CHECK(found(known, one, at(2s)) == "none");
    CHECK(known.forgotten() > 0);
    CHECK(known.find(one, model::Address::v4(0x0a000000U), at(2s)));
    CHECK(known.find(one, model::Address::v4(0x0a000000U + 99), at(2s)));
}

TEST_CASE("who learns names without end makes nobody else's forgotten, in a day or later") {
    KnownNames known(1024);
    const Party flooder{7, model::SocketOwner::user(1000, 1000)};
    const Party one{1, user};
    for (const auto hour : {0h, 20h, 40h, 60h, 80h}) {
        known.learn(one, Reach::process, answer("a.example", "198.51.100.7"), at(hour));
        learn_others(known, flooder, 10'000, at(hour + 1min));
        CHECK(found(known, one, at(hour + 2min)) == "a.example");
        CHECK(found(known, one, at(hour + 19h)) == "a.example");
    }
    // And has his own newest.
    CHECK(known.find(flooder, model::Address::v4(0x0a000000U + 9'999), at(80h + 2min)));
}

TEST_CASE("a name that is known twice is known as it was asked for last") {
    KnownNames known(64); // of which the first two keys of a user are kept apart
    const Party one{1, user};
    known.learn(one, Reach::process, answer("a.example", "198.51.100.7"), at(0s));
    known.learn(one, Reach::process, answer("b.example", "198.51.100.7"), at(1s));
    learn_others(known, one, 100, at(25h)); // the young ones are the old ones then
    known.learn(one, Reach::process, answer("a.example", "198.51.100.7"), at(25h + 1s));
    CHECK(found(known, one, at(25h + 2s)) == "a.example");
}

TEST_CASE("segments that are repeated, overlap, come late or wrap around make one stream") {
    const auto text = octets_of("abcdefghij");
    const std::span all(text);
    TcpStream stream(0xfffffffdU);
    stream.add(0xfffffffdU + 4, all.subspan(4, 3));
    CHECK(stream.ready().empty());
    stream.add(0xfffffffdU, all.first(2));
    stream.add(0xfffffffdU, all.first(2));
    CHECK(text_of(stream.ready()) == "ab");
    stream.add(0xfffffffdU + 1, all.subspan(1, 4));
    CHECK(text_of(stream.ready()) == "abcdefg");
    stream.consume(3);
    stream.add(0xfffffffdU + 7, all.subspan(7));
    CHECK(text_of(stream.ready()) == "defghij");
    // A segment that waits is sent again, longer.
    TcpStream resent(0);
    resent.add(2, all.subspan(2, 2));
    resent.add(2, all.subspan(2, 8));
    resent.add(0, all.first(2));
    CHECK(text_of(resent.ready()) == "abcdefghij");
    // Many small ones that wait for a first that never comes are not all kept.
    TcpStream holes(0);
    for (std::uint32_t at_octet = 2; at_octet < 2000; at_octet += 2) {
        holes.add(at_octet, all.first(1));
    }
    holes.add(0, all.first(2));
    CHECK(text_of(holes.ready()) == "aba");
    TcpStream small(0, 4);
    small.add(0, all.first(4));
    small.add(4, all.subspan(4, 1));
    CHECK(text_of(small.ready()) == "abcd");
}

TEST_CASE("messages of a TCP connection come whole and in order, however they are cut") {
    const auto message_of = [](const std::string& text) {
        Octets bytes{0, static_cast<std::uint8_t>(text.size())};
        bytes.insert(bytes.end(), text.begin(), text.end());
        return bytes;
    };
    auto both = message_of("first");
    const auto second = message_of("second");
    both.insert(both.end(), second.begin(), second.end());
    auto flow = flow_from(5000);
    flow.destination.service = model::Service::port(model::protocol::tcp, 53);
    for (std::size_t cut = 0; cut <= both.size(); ++cut) {
        DnsStreams streams;
        std::string seen;
        const auto take = [&seen](std::span<const std::uint8_t> bytes) { seen += text_of(bytes) + ";"; };
        streams.add(flow, false, {flow, 100, true, false, {}}, at(0s), take);
        streams.add(flow, true, {flow, 200, true, false, {}}, at(0s), take);
        const std::span all(both);
        const auto offset = static_cast<std::uint32_t>(cut);
        streams.add(flow, true, {flow, 200 + offset, false, false, all.subspan(cut)}, at(0s), take);
        streams.add(flow, true, {flow, 200, false, false, all.first(cut)}, at(0s), take);
        CHECK(seen == "first;second;");
    }
    DnsStreams streams;
    const auto never = [](std::span<const std::uint8_t>) { FAIL("read without its beginning"); };
    streams.add(flow, true, {flow, 1, false, false, both}, at(0s), never);
}

TEST_CASE("a connection of which a part was not copied, or not kept, is given up and counted") {
    const auto whole = octets_of(std::string("\0\5first\0\6sec", 12));
    const auto rest = octets_of("ond");
    std::string seen;
    const auto take = [&seen](std::span<const std::uint8_t> bytes) { seen += text_of(bytes) + ";"; };
    const auto begin = [&take](DnsStreams& streams, const Tuple& flow) {
        streams.add(flow, false, {flow, 100, true, false, {}}, at(0s), take);
        streams.add(flow, true, {flow, 200, true, false, {}}, at(0s), take);
    };
    DnsStreams streams;
    begin(streams, flow_from(1));
    begin(streams, flow_from(2));
    streams.add(flow_from(1), true, {flow_from(1), 200, false, false, whole, true}, at(0s), take);
    CHECK(seen == "first;"); // which was there
    CHECK(streams.dropped() == 1);
    streams.add(flow_from(1), true, {flow_from(1), 212, false, false, rest}, at(0s), take);
    CHECK(seen == "first;");
    streams.add(flow_from(2), true, {flow_from(2), 200, false, false, whole}, at(0s), take);
    streams.add(flow_from(2), true, {flow_from(2), 212, false, false, rest}, at(0s), take);
    CHECK(seen == "first;first;second;");
    CHECK(streams.dropped() == 1);
    // A hole that nothing fills, until what waits behind it is too much.
    begin(streams, flow_from(3));
    for (std::uint32_t segment = 0; segment < 200; ++segment) {
        streams.add(flow_from(3), true, {flow_from(3), 210 + 3 * segment, false, false, rest}, at(0s), take);
    }
    CHECK(streams.dropped() == 2);
    // The same until the end; an end at which all was read is none.
    begin(streams, flow_from(4));
    streams.add(flow_from(4), true, {flow_from(4), 210, false, false, rest}, at(0s), take);
    streams.add(flow_from(4), true, {flow_from(4), 213, false, true, {}}, at(0s), take);
    CHECK(streams.dropped() == 3);
    streams.add(flow_from(2), true, {flow_from(2), 215, false, true, {}}, at(0s), take);
    CHECK(streams.dropped() == 3);
}

TEST_CASE("connections that say nothing make room for others") {
    DnsStreams streams(2);
    const auto nothing = [](std::span<const std::uint8_t>) {};
    for (std::uint16_t port = 1; port <= 3; ++port) {
        const auto flow = flow_from(port);
        streams.add(flow, false, {flow, 1, true, false, {}}, at(std::chrono::seconds(port)), nothing);
    }
    CHECK(streams.dropped() == 1);
}
