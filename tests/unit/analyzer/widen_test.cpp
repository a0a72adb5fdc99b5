#include "widen.hpp"

#include <analyzer/suggest.hpp>
#include <analyzer/verdict.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using model::Service;

namespace {

std::vector<std::string> subnets(const std::vector<model::Address>& addresses) {
    std::vector<std::string> texts;
    for (const auto& prefix : analyzer::subnets_of(addresses)) {
        texts.push_back(prefix.to_string());
    }
    return texts;
}

std::vector<model::Address> run(std::uint32_t first, std::uint32_t count, std::uint32_t step = 1) {
    std::vector<model::Address> addresses;
    for (std::uint32_t index = 0; index < count; ++index) {
        addresses.push_back(model::Address::v4(first + index * step));
    }
    return addresses;
}

using Texts = std::vector<std::string>;

/// One sender to each of these.
model::Record record_of(const std::vector<model::Destination>& destinations) {
    model::Record record;
    for (const auto& destination : destinations) {
        model::Flow flow;
        flow.key.owner = model::SocketOwner::user(33, 33);
        flow.key.destination = destination;
        flow.counts.count = 1;
        record.flows.push_back(flow);
    }
    return record;
}

const auto https = Service::port(model::protocol::tcp, 443);

} // namespace

TEST_CASE("a subnet is the widest of at most 256 addresses of which more than half, and four, were seen") {
    CHECK(subnets(run(0xc6336400, 3)) == Texts{"198.51.100.0", "198.51.100.1", "198.51.100.2"});
    CHECK(subnets(run(0xc6336400, 5)) == Texts{"198.51.100.0/29"});
    CHECK(subnets(run(0xc6336400, 16)) == Texts{"198.51.100.0/28"}); // not the /27, of which it is half
    CHECK(subnets(run(0xc6336400, 129)) == Texts{"198.51.100.0/24"});
    CHECK(subnets(run(0xc6336400, 512)) == Texts{"198.51.100.0/24", "198.51.101.0/24"});
    CHECK(subnets(run(0xc6336401, 30, 7)).size() == 30);
    CHECK(subnets({}).empty());
}

TEST_CASE("an IPv6 network is taken as a whole from four addresses on") {
    std::vector<model::Address> addresses;
    for (const auto* text : {"2001:db8:0:1::1", "2001:db8:0:1::ffff", "2001:db8:0:1:8000::",
                             "2001:db8:0:1:f::7", "2001:db8:0:2::1", "2001:db8:0:2::2"}) {
        addresses.push_back(*model::Address::parse(text));
    }
    std::sort(addresses.begin(), addresses.end());
    CHECK(subnets(addresses) == Texts{"2001:db8:0:1::/64", "2001:db8:0:2::1", "2001:db8:0:2::2"});
}

TEST_CASE("scattered hosts never become a network, and what a network admits beyond them is said") {
    std::vector<model::Destination> destinations;
    for (const auto& address : run(0xc6336440, 60)) { // 198.51.100.64/26, of which 60
        destinations.push_back({https, address});
    }
    for (const auto& address : run(0xcb007110, 16)) { // 203.0.113.16/28
        destinations.push_back({https, address});
    }
    for (std::uint32_t host = 0; host < 30; ++host) {
        destinations.push_back(
            {https, model::Address::v4(0xc6120000 + host * 2039)}); // 198.18.0.0/15, RFC 2544
    }
    const auto record = record_of(destinations);
    const auto exact = analyzer::suggest(record);
    REQUIRE(exact.rules.size() == 1);
    CHECK(exact.rules[0].exposure == 106);
    CHECK(exact.rules[0].beyond == 0);
    Texts prefixes;
    for (const auto& prefix : exact.rules[0].addresses) {
        if (!prefix.is_single()) {
            prefixes.push_back(prefix.to_string());
        }
    }
    CHECK(prefixes == Texts{"198.51.100.64/27", "198.51.100.96/28", "198.51.100.112/29", "198.51.100.120/30",
                            "203.0.113.16/28"});
    CHECK(exact.rules[0].addresses.size() == 5 + 30);

    const auto widened = analyzer::suggest(record, {.widening = analyzer::Widening::subnet});
    REQUIRE(widened.rules.size() == 1);
    CHECK(widened.rules[0].addresses.size() == 2 + 30);
    CHECK(widened.rules[0].exposure == 110);
    CHECK(widened.rules[0].beyond == 4);
}

TEST_CASE("four unprivileged ports of one place become all of them, and privileged ones stay") {
    std::vector<model::Destination> destinations;
    const auto server = *model::Address::parse("198.51.100.1");
    for (const std::uint16_t port : std::vector<std::uint16_t>{21, 1024, 30000, 40000, 65535}) {
        destinations.push_back({Service::port(model::protocol::tcp, port), server});
    }
    const auto other = *model::Address::parse("198.51.100.2");
    for (const std::uint16_t port : std::vector<std::uint16_t>{30000, 40000, 50000}) {
        destinations.push_back({Service::port(model::protocol::tcp, port), other});
    }
    const auto record = record_of(destinations);
    const auto widened = analyzer::suggest(record, {.widening = analyzer::Widening::port});
    REQUIRE(widened.rules.size() == 2);
    for (const auto& rule : widened.rules) {
        if (rule.addresses.front().address() == server) {
            CHECK(rule.details == std::vector<model::DetailRange>{{21, 21}, {1024, 65535}});
            CHECK(rule.exposure == 64513);
            CHECK(rule.beyond == 64513 - 5);
        } else {
            CHECK(rule.details.size() == 3);
            CHECK(rule.beyond == 0);
        }
    }
}

TEST_CASE("five names of one domain become the domain, others stay names") {
    model::Record record;
    const auto add = [&record](const char* name, const char* address) {
        model::Flow flow;
        flow.key.owner = model::SocketOwner::user(33, 33);
        flow.key.destination = {https, *model::Address::parse(address)};
        flow.key.name = record.identities.add_name(model::ForeignText(name));
        flow.key.name_source = model::BindingSource::dns_host;
        flow.counts.count = 1;
        record.flows.push_back(flow);
        model::NameBinding binding;
        binding.address = flow.key.destination.address;
        binding.name = model::ForeignText(name);
        record.names.push_back(binding);
    };
    add("a.example.org", "198.51.100.1");
    add("b.example.org", "198.51.100.2");
    add("c.example.org", "198.51.100.3");
    add("d.example.org", "198.51.100.4");
    add("e.f.example.org", "198.51.100.5");
    add("www.example.net", "198.51.100.6");
    const auto exact = analyzer::suggest(record);
    REQUIRE(exact.rules.size() == 1);
    CHECK(exact.rules[0].by_name.size() == 6);
    const auto widened = analyzer::suggest(record, {.widening = analyzer::Widening::name});
    REQUIRE(widened.rules.size() == 1);
    REQUIRE(widened.rules[0].by_name.size() == 2);
    CHECK(widened.rules[0].by_name[0].name == model::ForeignText("example.org"));
    CHECK(widened.rules[0].by_name[0].and_below);
    CHECK(widened.rules[0].by_name[0].addresses.size() == 5);
    CHECK_FALSE(widened.rules[0].by_name[1].and_below);
    CHECK(widened.wildcards.empty());
}

TEST_CASE("a name is one place: its ports are widened at every address that it was reached by") {
    model::Record record;
    const auto add = [&record](std::uint16_t port, const char* address) {
        model::Flow flow;
        flow.key.owner = model::SocketOwner::user(33, 33);
        flow.key.destination = {Service::port(model::protocol::tcp, port), *model::Address::parse(address)};
        flow.key.name = record.identities.add_name(model::ForeignText("ftp.example.org"));
        flow.key.name_source = model::BindingSource::dns_host;
        flow.counts.count = 1;
        record.flows.push_back(flow);
    };
    for (const std::uint16_t port : std::vector<std::uint16_t>{40001, 40002, 40003, 40004}) {
        add(port, "198.51.100.1");
    }
    add(40001, "198.51.100.2");
    const auto whitelist = analyzer::suggest(record, {.widening = analyzer::Widening::port});
    REQUIRE(whitelist.rules.size() == 1);
    CHECK(whitelist.rules[0].details == std::vector<model::DetailRange>{{1024, 65535}});
    CHECK(whitelist.rules[0].exposure == 2 * 64512);
    for (const auto& flow : record.flows) {
        CHECK(analyzer::verdict(whitelist, {flow.key.owner, flow.key.destination}).accepted);
    }
}
