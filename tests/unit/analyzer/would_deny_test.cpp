#include <analyzer/render/would_deny.hpp>
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;

namespace {

const auto start = *model::parse_rfc3339("2026-11-25T12:00:00Z");

model::Flow flow(std::uint32_t uid, const char* address, std::uint16_t port, std::uint64_t count) {
    model::Flow flow;
    flow.key.owner = model::SocketOwner::user(uid, uid);
    flow.key.destination = {model::Service::port(model::protocol::tcp, port),
                            *model::Address::parse(address)};
    flow.counts.count = count;
    flow.counts.answered = count;
    flow.counts.first_seen = flow.counts.last_seen = start;
    flow.hours = {{model::hour_of(start), count}};
    return flow;
}

} // namespace

TEST_CASE("what a whitelist was learned from it would not deny; what came since it would, most flows first") {
    model::Record record;
    record.flows = {flow(33, "203.0.113.1", 443, 5), flow(34, "203.0.113.2", 443, 1)};
    const auto whitelist = analyzer::suggest(record);
    CHECK(analyzer::would_deny(record, whitelist).empty());

    record.flows.push_back(flow(33, "203.0.113.2", 443, 2)); // another user's destination
    record.flows.push_back(flow(33, "203.0.113.1", 80, 7));
    const auto denied = analyzer::would_deny(record, whitelist);
    REQUIRE(denied.size() == 2);
    CHECK(denied[0].flows == 7);
    CHECK(denied[0].destination.service.detail == 80);
    CHECK(denied[1].destination.address.to_string() == "203.0.113.2");
    CHECK(analyzer::render_would_deny(denied, record.identities, 1) ==
          "  7 flows of unknown, uid 33: tcp/80 203.0.113.1\n  and 1 more\n");
}

TEST_CASE("a name that only the client says opens nothing, since no rule sees it") {
    model::Record record;
    record.flows = {flow(33, "203.0.113.1", 443, 1)};
    const auto name = record.identities.add_name(model::ForeignText("api.example.org"));
    record.flows[0].key.name = name;
    record.flows[0].key.name_source = model::BindingSource::dns_process;
    const auto whitelist = analyzer::suggest(record);
    REQUIRE(whitelist.rules.size() == 1);
    REQUIRE(whitelist.rules[0].by_name.size() == 1);
    record.flows.push_back(flow(33, "203.0.113.99", 443, 40));
    record.flows[1].key.name = name;
    record.flows[1].key.name_source = model::BindingSource::tls_sni;
    const auto denied = analyzer::would_deny(record, whitelist);
    REQUIRE(denied.size() == 1);
    CHECK(denied[0].flows == 40);
    CHECK(denied[0].name == model::ForeignText("api.example.org"));
    record.flows[1].key.name_source = model::BindingSource::dns_process; // refresh puts the address in
    CHECK(analyzer::would_deny(record, whitelist).empty());
}

TEST_CASE("what a fixed part takes, and what was denied already, is not counted; what was folded is") {
    model::Record record;
    auto errors = flow(33, "203.0.113.1", 0, 1);
    errors.key.destination.service = model::Service::icmp(model::protocol::icmp, 3, 1);
    auto denied_already = flow(33, "203.0.113.1", 81, 1);
    denied_already.key.verdict = model::FlowVerdict::denied;
    auto folded = flow(33, "0.0.0.0", 82, 9);
    folded.key.overflow = true;
    record.flows = {errors, denied_already, folded};
    const auto denied = analyzer::would_deny(record, {});
    REQUIRE(denied.size() == 1);
    CHECK(denied[0].overflow);
}
