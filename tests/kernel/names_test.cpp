// Do flows carry the names that their processes asked for, and nobody else's?
#include "ground/asking.hpp"
#include "ground/conntrack.hpp"
#include "ground/counters.hpp"
#include "ground/endpoint.hpp"
#include "ground/failure.hpp"
#include "ground/observing.hpp"
#include "ground/responder.hpp"

#include <analyzer/suggest.hpp>
#include <sql/reader.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

model::Address internet(unsigned index) {
    return Lab::internet_address(model::Family::ipv4, index);
}

std::string name_of(const model::Record& record, const model::Flow& flow) {
    return record.identities.name(flow.key.name).raw_bytes();
}

/// How often each (port, address, name) was: a name that is not known is empty.
using Tally = std::map<std::tuple<std::uint16_t, std::string, std::string>, std::uint64_t>;

Tally tally_of(const model::Record& record) {
    Tally tally;
    for (const auto& flow : record.flows) {
        const auto& [service, address] = flow.key.destination;
        if (service.protocol == model::protocol::tcp && service.detail != 53) {
            tally[{service.detail, address.to_string(), name_of(record, flow)}] += flow.counts.count;
        }
    }
    return tally;
}

} // namespace

TEST_CASE("ten thousand flows of twenty processes carry the names that were asked for") {
    constexpr unsigned processes = 20;
    constexpr unsigned each = 500;
    constexpr unsigned names = 300;
    constexpr unsigned sharing = 100; // of these, on twenty addresses
    const Lab lab;
    const Responder responder(lab);
    NameServer server(lab, internet(500));
    for (unsigned index = 0; index < names; ++index) {
        const auto first = index < sharing ? index % 20 : index;
        std::vector<model::Address> addresses{internet(first)};
        if (index % 3 == 0) {
            addresses.push_back(internet(index < sharing ? (first + 1) % 20 : first + 150));
        }
        if (index % 4 == 0) {
            addresses.push_back(Lab::internet_address(model::Family::ipv6, first + 1));
        }
        server.set("host" + std::to_string(index) + ".example.org", addresses);
    }
    const ResolvConf resolver(server.address());
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    auto through = resolver.through();
    // As its unit runs it: who asks for thousands of names a second must not keep it from reading them.
    through.insert(through.end(), {"nice", "-n", "-10"});
    Observing observing(lab, FWLEARN_PROGRAM, database, through);
    std::vector<std::unique_ptr<Process>> askers;
    std::mt19937 random(1);
    for (unsigned index = 0; index < processes; ++index) {
        std::vector<Question> questions;
        for (unsigned number = 0; number < each; ++number) {
            const auto name = std::uniform_int_distribution<unsigned>(0, names - 1)(random);
            questions.push_back({"host" + std::to_string(name) + ".example.org",
                                 static_cast<std::uint16_t>(ports::answering + index)});
        }
        auto command = resolver.through(1000 + index % 4);
        command.emplace_back(FWLEARN_ASKER);
        askers.push_back(std::make_unique<Process>(
            command, Setting{.netns = lab.server().name(), .input = input_of(questions)}));
    }
    Tally expected;
    std::uint64_t flows = 0;
    for (const auto& asker : askers) {
        REQUIRE(asker->wait() == 0);
        for (const auto& asked : answers_in(asker->out())) {
            REQUIRE(asked.outcome == "ok");
            ++expected[{asked.port, asked.address, asked.name}];
            ++flows;
        }
    }
    REQUIRE(flows == processes * each);
    REQUIRE(observing.stop() == 0);
    const auto record = sql::Reader(database).read();
    std::uint64_t right = 0;
    std::uint64_t unnamed = 0;
    std::uint64_t wrong = 0;
    for (const auto& [what, count] : tally_of(record)) {
        const auto found = expected.find(what);
        const auto asked = found == expected.end() ? 0 : found->second;
        right += std::min(asked, count);
        (std::get<2>(what).empty() ? unnamed : wrong) += count - std::min(asked, count);
    }
    MESSAGE(right, " of ", flows, " flows carry the name that was asked for, ", unnamed, " none, ", wrong,
            " another");
    CHECK(wrong == 0);
#ifndef FWLEARN_SANITIZED // which makes the collector several times slower than those whom it watches
    CHECK(right >= flows - flows / 1000);
#endif
}

TEST_CASE("whoever asks a resolver of his own gives an address to nobody else's rule") {
    const Lab lab;
    const Responder responder(lab);
    NameServer server(lab, internet(500));
    NameServer rogue(lab, internet(501));
    const std::string archive = "security.example.org";
    const auto good = internet(1);
    const auto hostile = internet(66);
    server.set(archive, {good});
    rogue.set(archive, {hostile});
    rogue.set("update.example.org", {good}); // a name of his for an address of theirs
    const ResolvConf configured(server.address());
    const ResolvConf own(rogue.address());
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    Observing observing(lab, FWLEARN_PROGRAM, database, configured.through());
    const std::uint16_t port = ports::answering;
    ask(lab, FWLEARN_ASKER, own, 65534, {{archive, port}, {"update.example.org", port}});
    ask(lab, FWLEARN_ASKER, configured, 33, {{archive, port}});
    // Without asking at all: neither what nobody was told by his own resolver, nor what an ordinary user was
    // told by the host's, is a name for somebody else.
    ask(lab, FWLEARN_ASKER, configured, 34, {{hostile.to_string(), port}});
    ask(lab, FWLEARN_ASKER, configured, 1000, {{archive, port}});
    ask(lab, FWLEARN_ASKER, own, 65534, {{archive, port}});
    REQUIRE(observing.stop() == 0);
    const auto record = sql::Reader(database).read();
    const auto whitelist = analyzer::suggest(record);
    bool found = false;
    for (const auto& rule : whitelist.rules) {
        const bool admits_hostile =
            std::any_of(rule.addresses.begin(), rule.addresses.end(),
                        [&hostile](const auto& prefix) { return prefix.contains(hostile); });
        if (rule.protocol != model::protocol::tcp || rule.details.front() != model::DetailRange(port)) {
            continue;
        }
        CAPTURE(rule.selectors.front().uid);
        switch (rule.selectors.front().uid) {
        case 65534:
            CHECK(admits_hostile);
            break;
        case 34: // went there itself, by address
            CHECK(admits_hostile);
            CHECK(rule.by_name.empty());
            break;
        default:
            CHECK_FALSE(admits_hostile);
            CHECK(rule.names == std::vector{model::ForeignText(archive)});
            found = found || rule.selectors.front().uid == 33;
        }
    }
    CHECK(found);
    const auto warned = std::any_of(whitelist.rules.begin(), whitelist.rules.end(), [](const auto& rule) {
        return rule.selectors.front().uid == 65534 && !rule.warnings.empty() &&
               rule.warnings.front().find("not configured to use") != std::string::npos;
    });
    CHECK(warned);
}

TEST_CASE("whose domain a daemon looks up, as it does for strangers, names nothing for another user") {
    const Lab lab;
    const Responder responder(lab);
    NameServer server(lab, internet(500));
    const auto archive = internet(1);
    server.set("evil.example.org", {archive});
    const ResolvConf resolver(server.address());
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    Observing observing(lab, FWLEARN_PROGRAM, database, resolver.through());
    ask(lab, FWLEARN_ASKER, resolver, 101, {{"evil.example.org", ports::answering}});
    ask(lab, FWLEARN_ASKER, resolver, 33, {{archive.to_string(), ports::answering}}); // by address
    REQUIRE(observing.stop() == 0);
    const auto whitelist = analyzer::suggest(sql::Reader(database).read());
    std::set<std::optional<std::uint32_t>> by_name;
    std::set<std::optional<std::uint32_t>> by_address;
    for (const auto& rule : whitelist.rules) {
        if (rule.details.front() == model::DetailRange(ports::answering)) {
            for (const auto& selector : rule.selectors) {
                (rule.by_name.empty() ? by_address : by_name).insert(selector.uid);
            }
        }
    }
    CHECK(by_name == std::set<std::optional<std::uint32_t>>{101});
    CHECK(by_address == std::set<std::optional<std::uint32_t>>{33});
}

TEST_CASE(
    "an answer that was truncated is read from TCP, over IPv6 too, and one of many addresses is read whole") {
    const Lab lab;
    const Responder responder(lab);
    NameServer server(lab, Lab::internet_address(model::Family::ipv6, 500));
    server.truncate_beyond(20);
    std::vector<model::Address> many;
    for (unsigned index = 0; index < 60; ++index) {
        many.push_back(internet(index));
    }
    server.set("pool.example.org", many, 300);
    const ResolvConf resolver(server.address());
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    Observing observing(lab, FWLEARN_PROGRAM, database, resolver.through());
    const auto asked = ask(lab, FWLEARN_ASKER, resolver, 33, {{"pool.example.org", ports::answering}});
    REQUIRE(asked.at(0).outcome == "ok");
    REQUIRE(observing.stop() == 0);
    const auto record = sql::Reader(database).read();
    const auto bound = std::count_if(record.names.begin(), record.names.end(), [](const auto& binding) {
        return binding.name == model::ForeignText("pool.example.org") && binding.ttl == 300;
    });
    CHECK(bound == 60);
}

TEST_CASE("an answer that comes in a large packet over TCP is read whole") {
    const Lab lab;
    const Responder responder(lab);
    NameServer server(lab, internet(500));
    server.truncate_beyond(20);
    std::vector<model::Address> many;
    for (unsigned index = 1; index <= 250; ++index) { // of 28 octets each
        many.push_back(Lab::internet_address(model::Family::ipv6, index));
    }
    server.set("large.example.org", many);
    const ResolvConf resolver(server.address());
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    Observing observing(lab, FWLEARN_PROGRAM, database, resolver.through());
    ask(lab, FWLEARN_ASKER, resolver, 33, {{"large.example.org", ports::answering}});
    REQUIRE(observing.stop() == 0);
    const auto record = sql::Reader(database).read();
    const auto bound = std::count_if(record.names.begin(), record.names.end(), [](const auto& binding) {
        return binding.name == model::ForeignText("large.example.org");
    });
    CHECK(bound == 64);
    CHECK(stored_counters(database)["dns_streams_dropped"] == 0);
}

TEST_CASE("whoever was asked once and answers without end is not listened to without end") {
    constexpr unsigned times = 20'000;
    const Lab lab;
    const Responder responder(lab);
    const std::vector<model::Address> places{internet(500), Lab::internet_address(model::Family::ipv6, 500)};
    for (const auto& place : places) {
        CAPTURE(place.to_string());
        NameServer server(lab, place);
        server.answer_each(times);
        server.set("host.example.org", {internet(1)});
        const ResolvConf resolver(server.address());
        const TemporaryDirectory directory;
        const auto database = directory.path() / "flows.db";
        Observing observing(lab, FWLEARN_PROGRAM, database, resolver.through());
        const auto asked = ask(lab, FWLEARN_ASKER, resolver, 33, {{"host.example.org", ports::answering}});
        REQUIRE(asked.at(0).outcome == "ok");
        // The same server is heard when it is asked from another port.
        REQUIRE(
            ask(lab, FWLEARN_ASKER, resolver, 34, {{"host.example.org", ports::answering}}).at(0).outcome ==
            "ok");
        REQUIRE(observing.stop() == 0);
        auto counters = stored_counters(database);
        CHECK(counters["dns_answers_left_out"] >= times);
        CHECK(counters["nflog_logged"] < times);
        CHECK(counters["nflog_logged"] == counters["nflog_received"] + counters["nflog_lost"]);
        const auto record = sql::Reader(database).read();
        std::size_t named = 0;
        for (const auto& flow : record.flows) {
            named += name_of(record, flow) == "host.example.org" ? 1 : 0;
        }
        CHECK(named == 2);
    }
}

namespace {

/// A record of a ClientHello of TLS 1.2 with one cipher suite and the server name tls.example.net, in
/// hexadecimal.
const std::string hello_of_tls = "160301004701000043030355555555555555555555555555555555555555"
                                 "55555555555555555555555555000002c02f010000180000001400120000"
                                 "0f746c732e6578616d706c652e6e6574";

std::string octets_of(const std::string& hexadecimal) {
    std::string octets;
    for (std::size_t at = 0; at < hexadecimal.size(); at += 2) {
        octets.push_back(static_cast<char>(std::stoi(hexadecimal.substr(at, 2), nullptr, 16)));
    }
    return octets;
}

} // namespace

TEST_CASE("a ClientHello that comes with the SYN is read") {
    const Lab lab;
    const Responder responder(lab);
    set_sysctl(lab.server(), "net/ipv4/tcp_fastopen", "5"); // data without having been given a cookie
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    Observing observing(lab, FWLEARN_PROGRAM, database);
    const auto hello = octets_of(hello_of_tls);
    const std::vector<model::Address> places{internet(9), Lab::internet_address(model::Family::ipv6, 9)};
    for (const auto& address : places) {
        const Inside inside(lab.server());
        const auto to = endpoint(address, ports::silent); // so that it comes with no other segment
        const Fd sender(
            must(socket(domain(address), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
        CHECK(sendto(sender.get(), hello.data(), hello.size(), MSG_FASTOPEN, to.get(), to.size) ==
              static_cast<ssize_t>(hello.size()));
    }
    REQUIRE(observing.stop() == 0);
    const auto record = sql::Reader(database).read();
    REQUIRE(record.flows.size() == places.size());
    for (const auto& flow : record.flows) {
        CHECK(name_of(record, flow) == "tls.example.net");
        CHECK(flow.key.name_source == model::BindingSource::tls_sni);
    }
}

TEST_CASE("a ClientHello is read of a connection that conntrack has forgotten meanwhile") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    Observing observing(lab, FWLEARN_PROGRAM, database);
    const auto hello = octets_of(hello_of_tls);
    {
        const Inside inside(lab.server());
        const auto to = endpoint(internet(9), ports::answering);
        const Fd sender(must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
        must(connect(sender.get(), to.get(), to.size), "connect");
        forget_connections(lab); // what is sent now is `new`, and no SYN
        CHECK(send(sender.get(), hello.data(), hello.size(), 0) == static_cast<ssize_t>(hello.size()));
    }
    REQUIRE(observing.stop() == 0);
    const auto record = sql::Reader(database).read();
    REQUIRE(record.flows.size() == 1);
    CHECK(record.flows.front().counts.count == 1);
    CHECK(name_of(record, record.flows.front()) == "tls.example.net");
}

TEST_CASE("what a client says of itself is a label, also when it is split") {
    const Lab lab;
    const Responder responder(lab);
    NameServer server(lab, internet(500));
    const ResolvConf resolver(server.address());
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    Observing observing(lab, FWLEARN_PROGRAM, database, resolver.through());
    // "GET / HTTP/1.1\r\nHost: www.example.net:80\r\n\r\n"
    const std::string request =
        "474554202f20485454502f312e310d0a486f73743a207777772e6578616d706c652e6e65743a38300d0a0d0a";
    const auto at = internet(7).to_string();
    ask(lab, FWLEARN_ASKER, resolver, 33,
        {{at, ports::answering, request}, {internet(8).to_string(), ports::answering, hello_of_tls}});
    REQUIRE(observing.stop() == 0);
    const auto record = sql::Reader(database).read();
    std::map<std::string, std::pair<std::string, model::BindingSource>> names;
    for (const auto& flow : record.flows) {
        names[flow.key.destination.address.to_string()] = {name_of(record, flow), flow.key.name_source};
    }
    CHECK(names[at].first == "www.example.net");
    CHECK(names[at].second == model::BindingSource::http_host);
    CHECK(names[internet(8).to_string()].first == "tls.example.net");
    CHECK(names[internet(8).to_string()].second == model::BindingSource::tls_sni);
    for (const auto& rule : analyzer::suggest(record).rules) {
        CHECK(rule.by_name.empty());
    }
}
