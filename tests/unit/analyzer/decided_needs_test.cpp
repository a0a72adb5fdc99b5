// Decisions by pattern, in what is suggested.
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using model::Decision;
using model::DecisionAction;
using model::ForeignText;
using model::Service;

namespace {

const auto https = Service::port(model::protocol::tcp, 443);

model::Flow flow(model::Record& record, const char* exe, const Service& service, const char* address) {
    model::Flow result;
    result.key.owner = model::SocketOwner::user(33, 33);
    result.key.destination = {service, *model::Address::parse(address)};
    model::Process process;
    process.exe = ForeignText(exe);
    result.key.process = record.identities.add(process);
    result.counts.count = 1;
    return result;
}

Decision decision(DecisionAction action, const char* process) {
    Decision result;
    result.action = action;
    result.scope.process = ForeignText(process);
    return result;
}

analyzer::SuggestOptions with(std::vector<Decision> decisions) {
    return {.decisions = std::move(decisions)};
}

} // namespace

TEST_CASE("what is denied by pattern is left out, and what is allowed is kept in spite of every reason but "
          "overflow") {
    model::Record record;
    record.flows = {flow(record, "/usr/bin/curl", https, "198.51.100.1"),
                    flow(record, "/usr/bin/wget", https, "198.51.100.2"),
                    flow(record, "/usr/bin/wget", https, "169.254.169.254"),
                    flow(record, "/usr/bin/wget", https, "198.51.100.3"),
                    flow(record, "/usr/bin/wget", https, "198.51.100.4"),
                    flow(record, "/usr/bin/wget", https, "0.0.0.0")};
    record.flows[3].counts.unanswered = 1;
    record.flows[4].key.task =
        record.identities.add(model::Task{model::TaskKind::session, ForeignText("ssh, uid 33")});
    record.flows[5].key.overflow = true;
    CHECK(analyzer::suggest(record).left_out.size() == 4);
    auto deny = decision(DecisionAction::deny, "*/curl");
    deny.text = ForeignText("nobody needs it");
    deny.line = 7;
    const auto whitelist =
        analyzer::suggest(record, with({deny, decision(DecisionAction::allow, "/usr/bin/wget")}));
    REQUIRE(whitelist.left_out.size() == 2);
    CHECK(whitelist.left_out[0].reason.find("overflow") == 0);
    CHECK(whitelist.left_out[1].flow == record.flows[0]);
    CHECK(whitelist.left_out[1].reason.find("line 7: nobody needs it") != std::string::npos);
    REQUIRE(whitelist.rules.size() == 1);
    CHECK(whitelist.rules[0].exposure == 4);
    CHECK(whitelist.unmatched.empty());
}

TEST_CASE("a widening by pattern takes in what the sender needs within it, and leaves other senders alone") {
    model::Record record;
    record.flows = {flow(record, "/usr/bin/curl", https, "198.51.100.1"),
                    flow(record, "/usr/bin/wget", https, "198.51.100.200"),
                    flow(record, "/usr/bin/wget", https, "203.0.113.1"),
                    flow(record, "/usr/bin/curl", https, "198.51.100.9")};
    record.flows[3].key.owner = model::SocketOwner::user(1000, 1000);
    record.flows[3].key.process = model::ProcessId::unknown;
    auto widen = decision(DecisionAction::widen, "*/curl");
    widen.to_address = model::Prefix::parse("198.51.100.0/24");
    const auto whitelist = analyzer::suggest(record, with({widen}));
    REQUIRE(whitelist.rules.size() == 2);
    CHECK(whitelist.rules[0].selectors.front().uid == 33);
    REQUIRE(whitelist.rules[0].addresses.size() == 2);
    CHECK(whitelist.rules[0].addresses[0].to_string() == "198.51.100.0/24");
    CHECK(whitelist.rules[0].beyond == 257 - 3);
    CHECK(whitelist.rules[1].exposure == 1);
}

TEST_CASE("names below a domain that somebody decided on are one place, and ports one range") {
    model::Record record;
    for (const auto* name : {"a.example.org", "b.example.org", "c.example.net"}) {
        auto one = flow(record, "/usr/bin/curl", https,
                        ("198.51.100." + std::to_string(record.flows.size())).c_str());
        one.key.name = record.identities.add_name(ForeignText(name));
        one.key.name_source = model::BindingSource::dns_host;
        record.flows.push_back(one);
    }
    record.flows.push_back(
        flow(record, "/usr/bin/ftp", Service::port(model::protocol::tcp, 40001), "203.0.113.1"));
    auto domain = decision(DecisionAction::widen, "*/curl");
    domain.to_domain = ForeignText("example.org");
    auto ports = decision(DecisionAction::widen, "*/ftp");
    ports.to_ports = model::DetailRange(40000, 41000);
    const auto whitelist = analyzer::suggest(record, with({domain, ports}));
    REQUIRE(whitelist.rules.size() == 2);
    const auto& named = whitelist.rules[0].by_name.empty() ? whitelist.rules[1] : whitelist.rules[0];
    const auto& ranged = whitelist.rules[0].by_name.empty() ? whitelist.rules[0] : whitelist.rules[1];
    REQUIRE(named.by_name.size() == 2);
    CHECK(named.by_name[0].name == ForeignText("c.example.net"));
    CHECK(named.by_name[1].and_below);
    CHECK(named.by_name[1].addresses.size() == 2);
    CHECK(ranged.details == std::vector{model::DetailRange(40000, 41000)});
    CHECK(ranged.beyond == 1000);
}

TEST_CASE("ranges of ports that overlap in part become one, and hold what lies in either") {
    model::Record record;
    record.flows = {flow(record, "/usr/bin/ftp", Service::port(model::protocol::tcp, 8001), "203.0.113.1"),
                    flow(record, "/usr/bin/ftp", Service::port(model::protocol::tcp, 8007), "203.0.113.1"),
                    flow(record, "/usr/bin/ftp", Service::port(model::protocol::tcp, 8020), "203.0.113.1")};
    auto low = decision(DecisionAction::widen, "*/ftp");
    low.scope.ports = model::DetailRange(8001);
    low.to_ports = model::DetailRange(8000, 8010);
    auto high = decision(DecisionAction::widen, "*/ftp");
    high.scope.ports = model::DetailRange(8007);
    high.to_ports = model::DetailRange(8005, 8020);
    const auto whitelist = analyzer::suggest(record, with({low, high}));
    REQUIRE(whitelist.rules.size() == 1);
    CHECK(whitelist.rules[0].details == std::vector{model::DetailRange(8000, 8020)});
    CHECK(whitelist.rules[0].exposure == 21);
    CHECK(whitelist.rules[0].beyond == 18);
}

TEST_CASE("of widenings by pattern of one flow the widest holds, in whatever order they come") {
    model::Record record;
    record.flows = {flow(record, "/usr/bin/ftp", Service::port(model::protocol::tcp, 8001), "198.51.100.1")};
    std::vector<Decision> decisions;
    for (const auto* prefix : {"198.51.100.0/24", "198.51.100.0/28"}) {
        decisions.push_back(decision(DecisionAction::widen, "*/ftp"));
        decisions.back().to_address = model::Prefix::parse(prefix);
    }
    for (const model::DetailRange range : {model::DetailRange(8000, 8100), {8000, 8010}, {7990, 8001}}) {
        decisions.push_back(decision(DecisionAction::widen, "*/ftp"));
        decisions.back().to_ports = range;
    }
    for (int order = 0; order < 2; ++order) {
        const auto whitelist = analyzer::suggest(record, with(decisions));
        REQUIRE(whitelist.rules.size() == 1);
        CHECK(whitelist.rules[0].addresses == std::vector{*model::Prefix::parse("198.51.100.0/24")});
        CHECK(whitelist.rules[0].details == std::vector{model::DetailRange(7990, 8100)});
        CHECK(whitelist.unmatched.empty());
        std::reverse(decisions.begin(), decisions.end());
    }
}

TEST_CASE(
    "a name that only the client says lets nothing out by a decision, but where its address is named, too") {
    model::Record record;
    auto one = flow(record, "/usr/bin/curl", https, "169.254.169.254");
    one.key.name = record.identities.add_name(ForeignText("repo.example.org"));
    one.key.name_source = model::BindingSource::http_host;
    record.flows = {one};
    auto allow = decision(DecisionAction::allow, "*/curl");
    allow.scope.name = ForeignText("*.example.org");
    const auto is_left_out = [&record](const Decision& decision) {
        const auto whitelist = analyzer::suggest(record, with({decision}));
        CHECK(whitelist.rules.size() + whitelist.left_out.size() == 1);
        CHECK(whitelist.unmatched.size() ==
              (decision.action == DecisionAction::deny || whitelist.left_out.empty() ? 0 : 1));
        return whitelist.rules.empty();
    };
    CHECK(is_left_out(allow));
    auto deny = allow;
    deny.action = DecisionAction::deny;
    CHECK(is_left_out(deny));
    auto at_address = allow;
    at_address.scope.address = model::Prefix::parse("169.254.169.254");
    CHECK_FALSE(is_left_out(at_address));

    // What the client says of itself is bound to the address for it, and is no evidence either.
    model::NameBinding binding;
    binding.address = one.key.destination.address;
    binding.name = ForeignText("repo.example.org");
    binding.process = one.key.process;
    binding.source = model::BindingSource::http_host;
    record.names = {binding};
    CHECK(is_left_out(allow));
    record.flows[0].key.name = model::NameId::unknown;
    CHECK(is_left_out(allow));
    CHECK(is_left_out(deny));

    record.names[0].source = model::BindingSource::dns_process;
    CHECK_FALSE(is_left_out(allow));
    record.flows = {one};
    CHECK_FALSE(is_left_out(allow));
    record.names[0].process = model::ProcessId::unknown; // an answer to somebody else
    CHECK(is_left_out(allow));
}

TEST_CASE("a widening by name takes no client's word either") {
    model::Record record;
    record.flows = {flow(record, "/usr/bin/curl", https, "198.51.100.1")};
    record.flows[0].key.name = record.identities.add_name(ForeignText("repo.example.org"));
    record.flows[0].key.name_source = model::BindingSource::tls_sni;
    auto widen = decision(DecisionAction::widen, "*/curl");
    widen.scope.name = ForeignText("*.example.org");
    widen.to_address = model::Prefix::parse("198.51.100.0/24");
    CHECK(analyzer::suggest(record, with({widen})).unmatched.size() == 1);
    record.flows[0].key.name_source = model::BindingSource::dns_process;
    CHECK(analyzer::suggest(record, with({widen})).unmatched.empty());
}

TEST_CASE("a widening to ports leaves what has no ports as it is, and concerns nothing where that is all") {
    model::Record record;
    record.flows = {flow(record, "/usr/bin/ping", Service::icmp(model::protocol::icmp, 8, 0), "203.0.113.1"),
                    flow(record, "/usr/bin/ping", {model::protocol::gre, 0}, "203.0.113.2")};
    auto widen = decision(DecisionAction::widen, "*/ping");
    widen.to_ports = model::DetailRange(0, 65535);
    const auto whitelist = analyzer::suggest(record, with({widen}));
    REQUIRE(whitelist.rules.size() == 2);
    for (const auto& rule : whitelist.rules) {
        CHECK(rule.exposure == 1);
        CHECK(rule.details.front().is_single());
    }
    CHECK(whitelist.unmatched.size() == 1);
}
