#include <analyzer/audit.hpp>
#include <analyzer/render/audit.hpp>
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace fwlearn;
using model::Address;
using model::FlowVerdict;
using model::ForeignText;
using model::Service;
using model::SocketOwner;

namespace {

const auto start = *model::parse_rfc3339("2026-11-23T07:00:00Z");
const auto https = Service::port(model::protocol::tcp, 443);
const auto www = SocketOwner::user(33, 33);

Address host(std::uint32_t number) {
    return Address::v4(0xc6336400U + number); // 198.51.100.0/24
}

model::Selector uid(std::uint32_t number) {
    model::Selector selector;
    selector.kind = model::SelectorKind::uid;
    selector.uid = number;
    return selector;
}

model::Rule rule(const char* id, const model::Selector& selector, const Service& service) {
    model::Rule result;
    result.id = id;
    result.selectors = {selector};
    result.protocol = service.protocol;
    result.details = {service.detail};
    return result;
}

model::Rule to_address(const char* id, const model::Selector& selector, const Service& service,
                       const Address& address) {
    auto result = rule(id, selector, service);
    result.addresses = {model::Prefix(address)};
    return result;
}

model::Rule to_name(const char* id, const model::Selector& selector, const Service& service,
                    const char* name) {
    auto result = rule(id, selector, service);
    result.by_name = {{ForeignText(name), {}, 300, false}};
    return result;
}

/// A record of one process and task, which grows flow by flow.
struct Seen {
    Seen() {
        model::Process process;
        process.exe = ForeignText("/usr/bin/job");
        process.cgroup = ForeignText("/system.slice/job.service");
        job = record.identities.add(process);
        task = record.identities.add(model::Task{model::TaskKind::timer, ForeignText("job.timer")});
    }

    model::Flow& add(const SocketOwner& owner, const Service& service, const Address& address,
                     FlowVerdict verdict = FlowVerdict::accepted, std::uint64_t count = 1) {
        model::Flow flow;
        flow.key.owner = owner;
        flow.key.process = job;
        flow.key.task = task;
        flow.key.attribution = model::Attribution::exact;
        flow.key.verdict = verdict;
        flow.key.destination = {service, address};
        flow.counts.count = count;
        flow.counts.packets_out = 3 * count;
        flow.counts.first_seen = flow.counts.last_seen = start + std::chrono::minutes(record.flows.size());
        flow.hours = {{model::hour_of(start), count}};
        return record.flows.emplace_back(flow);
    }

    /// The last flow is known by this name.
    void named(const char* name, model::BindingSource source = model::BindingSource::dns_host) {
        auto& key = record.flows.back().key;
        key.name = record.identities.add_name(ForeignText(name));
        key.name_source = source;
    }

    [[nodiscard]] analyzer::Audit audit(const std::vector<model::Rule>& rules) {
        std::sort(record.flows.begin(), record.flows.end(),
                  [](const auto& one, const auto& other) { return one.key < other.key; });
        return analyzer::audit(record, rules);
    }

    model::Record record;
    model::ProcessId job{};
    model::TaskId task{};
};

} // namespace

TEST_CASE("what no rule admits is unexplained, what was denied is denied, and the rest is explained") {
    Seen seen;
    seen.add(www, https, host(1), FlowVerdict::accepted, 10);
    seen.add(www, https, host(2), FlowVerdict::accepted, 2);
    seen.add(www, https, host(3), FlowVerdict::denied, 5);
    seen.add(www, https, host(4), FlowVerdict::shadowed, 4);
    seen.add(www, https, host(1), FlowVerdict::denied, 7); // before its rule was loaded
    seen.add(SocketOwner::user(0, 0), https, Address::v4(0x7f000001U));
    seen.add(SocketOwner::user(100, 100), Service::port(model::protocol::udp, 67), host(9));
    seen.add(SocketOwner::kernel(), Service::icmp(model::protocol::icmp, 3, 1), host(9));
    const auto audit = seen.audit({to_address("000000000001", uid(33), https, host(1))});
    REQUIRE(audit.findings.size() == 4);
    CHECK(audit.explained == 13);
    CHECK(audit.denied == 12);
    CHECK(audit.denied_packets == 36);
    CHECK(audit.unexplained == 6);
    CHECK(audit.findings[0].denied());
    CHECK(audit.findings[0].why.starts_with("the rule admits it: it came before"));
    CHECK(audit.findings[1].denied());
    CHECK(audit.findings[1].flow.counts.count == 5);
    CHECK(audit.findings[2].verdict == FlowVerdict::shadowed);
    CHECK(std::string(analyzer::verdict_word(audit.findings[2])) == "unexplained");
    CHECK(audit.findings[3].verdict == FlowVerdict::accepted);
    CHECK(analyzer::audit_words(audit) ==
          "4 findings: 12 flows denied (36 packets), 6 flows unexplained; 13 flows explained");
}

TEST_CASE("flows to one name are one finding with all its addresses, and to nameless ones one each") {
    Seen seen;
    for (std::uint32_t number = 5; number > 0; --number) {
        seen.add(www, https, host(number), FlowVerdict::denied, number);
        seen.named("api.example.org");
        seen.add(www, https, host(100 + number));
    }
    seen.record.flows.front().key.attribution = model::Attribution::inferred;
    const auto audit = seen.audit({});
    REQUIRE(audit.findings.size() == 6);
    const auto& first = audit.findings.front();
    CHECK(first.name == ForeignText("api.example.org"));
    CHECK(first.flow.counts.count == 15);
    CHECK(first.flow.counts.packets_out == 45);
    CHECK(first.flow.counts.first_seen == start);
    CHECK(first.flow.key.attribution == model::Attribution::inferred);
    CHECK(first.addresses == std::vector{host(1), host(2), host(3), host(4), host(5)});
    CHECK(audit.findings.back().name.empty());
    CHECK(audit.findings.back().addresses == std::vector{host(105)});
}

TEST_CASE("a flow is explained by a name only where an answer says it, at whatever address") {
    const std::vector rules{to_name("000000000001", uid(33), https, "api.example.org")};
    Seen seen;
    seen.add(www, https, host(1));
    seen.named("api.example.org", model::BindingSource::dns_process);
    seen.add(www, https, host(2)); // no name of its own: what the host's answers say
    model::NameBinding binding;
    binding.address = host(2);
    binding.name = ForeignText("api.example.org");
    seen.record.names = {binding};
    CHECK(seen.audit(rules).findings.empty());
    seen.add(www, https, host(3));
    seen.named("api.example.org", model::BindingSource::tls_sni);
    const auto audit = seen.audit(rules);
    REQUIRE(audit.findings.size() == 1);
    CHECK(audit.findings[0].nearest_rule == "000000000001");
    CHECK(audit.findings[0].why ==
          "same name, user and service, but only the client says the name: no answer does");
}

TEST_CASE("of a name that only the client says each address is a finding, to be decided by itself") {
    Seen seen;
    for (const std::uint32_t number : {1U, 2U, 3U}) {
        seen.add(www, https, host(number));
        seen.named("api.example.org",
                   number == 3 ? model::BindingSource::dns_process : model::BindingSource::tls_sni);
    }
    const auto audit = seen.audit({});
    REQUIRE(audit.findings.size() == 3);
    std::vector<model::Decision> decisions;
    for (const auto& finding : audit.findings) {
        CHECK(finding.name == ForeignText("api.example.org"));
        REQUIRE(finding.decision);
        const bool proven = finding.addresses == std::vector{host(3)};
        CHECK(finding.decision->scope.name == ForeignText(proven ? "api.example.org" : ""));
        CHECK(finding.decision->scope.address.has_value() != proven);
        CHECK(analyzer::undecided(audit.findings, seen.record, {*finding.decision}).size() == 2);
        decisions.push_back(*finding.decision);
    }
    CHECK(analyzer::undecided(audit.findings, seen.record, decisions).empty());
}

TEST_CASE("a finding is decided once it is for every address of its name") {
    Seen seen;
    for (const std::uint32_t number : {1U, 2U}) {
        seen.add(www, https, host(number));
        seen.named("api.example.org", model::BindingSource::dns_process);
    }
    const auto audit = seen.audit({});
    REQUIRE(audit.findings.size() == 1);
    std::vector<model::Decision> decisions(2);
    for (const std::uint32_t number : {1U, 2U}) {
        decisions[number - 1].scope.address = model::Prefix(host(number));
        CHECK(analyzer::undecided(audit.findings, seen.record, {decisions[number - 1]}).size() == 1);
    }
    CHECK(analyzer::undecided(audit.findings, seen.record, decisions).empty());
}

TEST_CASE("the nearest rule is the one from which least differs, and says what") {
    model::Selector unit;
    unit.kind = model::SelectorKind::unit;
    unit.unit = ForeignText("web.service");
    unit.cgroup = ForeignText("system.slice/web.service");
    const auto http = Service::port(model::protocol::tcp, 80);
    const auto dns = Service::port(model::protocol::udp, 443);
    const auto far = Address::v4(0xcb007101U);
    // Each is nearer than all that are above it.
    const std::vector rules{
        to_address("destination", uid(33), https, far),
        to_address("sender+service", uid(7), http, host(1)),
        to_address("nearby", uid(33), https, host(200)),
        to_name("domain", uid(33), https, "www.example.org"),
        to_address("sender", uid(7), https, host(1)),
        to_name("sender by name", unit, https, "api.example.org"),
        to_address("protocol", uid(33), dns, host(1)),
        to_name("port by name", uid(33), http, "api.example.org"),
    };
    struct Row {
        std::size_t rules;
        bool named;
        const char* rule;
        const char* why;
    };
    const Row rows[] = {
        {0, true, "", "no rule has its destination, and none its sender with this service"},
        {1, true, "destination", "same user and service, other destination"},
        {2, true, "sender+service", "same address, other user and other service"},
        {3, true, "nearby", "same user and service, other address in the same /24"},
        {4, false, "nearby", "same user and service, other address in the same /24"},
        {4, true, "domain", "same user and service, other name of the same domain"},
        {5, true, "sender", "same address and service, other user"},
        {6, true, "sender by name", "same name and service, other unit"},
        {6, false, "sender", "same address and service, other user"},
        {7, true, "protocol", "same address, other protocol"},
        {8, true, "port by name", "same name, other port"},
        {8, false, "protocol", "same address, other protocol"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.rules);
        CAPTURE(row.named);
        Seen seen;
        seen.add(www, https, host(1), FlowVerdict::denied);
        if (row.named) {
            seen.named("api.example.org");
        }
        std::vector some(rules.begin(), rules.begin() + static_cast<std::ptrdiff_t>(row.rules));
        for (int turned = 0; turned < 2; ++turned) {
            const auto audit = seen.audit(some);
            REQUIRE(audit.findings.size() == 1);
            CHECK(audit.findings[0].nearest_rule == row.rule);
            CHECK(audit.findings[0].why == row.why);
            std::reverse(some.begin(), some.end());
        }
    }
}

TEST_CASE("ICMP, IPv6, units and senders that are not known have their own words") {
    model::Selector unit;
    unit.kind = model::SelectorKind::unit;
    unit.unit = ForeignText("job.service");
    unit.cgroup = ForeignText("system.slice/job.service");
    const auto why = [](const std::vector<model::Rule>& rules, const SocketOwner& owner,
                        const Service& service, const char* address) {
        Seen seen;
        seen.add(owner, service, *Address::parse(address));
        const auto audit = seen.audit(rules);
        REQUIRE(audit.findings.size() == 1);
        return audit.findings[0].why;
    };
    const auto echo = Service::icmp(model::protocol::icmp, 8, 0);
    CHECK(why({to_address("1", uid(33), echo, host(1))}, www, Service::icmp(model::protocol::icmp, 13, 0),
              "198.51.100.1") == "same address, other type");
    CHECK(why({to_address("1", unit, https, *Address::parse("2001:db8::1"))}, www, https, "2001:db8::2") ==
          "same unit and service, other address in the same /64");
    CHECK(why({to_address("1", unit, https, *Address::parse("2001:db8:1::1"))}, www, https, "2001:db8::2") ==
          "same unit and service, other destination");
    CHECK(why({to_address("1", uid(33), https, host(1))}, {}, https, "203.0.113.1") ==
          "no rule is for any user, and who sent it was not recorded");
    Seen seen;
    seen.add(www, https, Address()).key.overflow = true;
    const auto audit = seen.audit({to_address("1", uid(33), https, Address())});
    REQUIRE(audit.findings.size() == 1);
    CHECK(audit.findings[0].nearest_rule.empty());
    CHECK_FALSE(audit.findings[0].decision.has_value());
}

TEST_CASE("the proposal is to allow just this, and to deny what looks like a foothold") {
    Seen seen;
    seen.add(www, https, host(1), FlowVerdict::denied);
    seen.named("api.example.org");
    model::Process dropped;
    dropped.exe = ForeignText("/tmp/x");
    const auto foothold = seen.record.identities.add(dropped);
    seen.add(www, https, host(2)).key.process = foothold;
    seen.add(www, https, *Address::parse("169.254.169.254"));
    const auto audit = seen.audit({});
    REQUIRE(audit.findings.size() == 3);
    const auto& allowed = audit.findings[0].decision;
    REQUIRE(allowed.has_value());
    CHECK(allowed->action == model::DecisionAction::allow);
    CHECK(allowed->scope.process == ForeignText("/usr/bin/job"));
    CHECK(allowed->scope.user == ForeignText("33"));
    CHECK(allowed->scope.name == ForeignText("api.example.org"));
    CHECK_FALSE(allowed->scope.address.has_value());
    CHECK(allowed->scope.ports == model::DetailRange(443));
    for (std::size_t other = 1; other < 3; ++other) {
        const auto& denied = audit.findings[other].decision;
        REQUIRE(denied.has_value());
        CHECK(denied->action == model::DecisionAction::deny);
        CHECK_FALSE(denied->text.empty());
    }
    auto findings = analyzer::undecided(audit.findings, seen.record, {*allowed});
    CHECK(findings.size() == 2);
}

TEST_CASE("a proposal for ICMP is for its type and code, and one for the kernel's own flow for no user's") {
    const auto ping = Service::icmp(model::protocol::icmp, 8, 0);
    const auto kernel = SocketOwner{model::OwnerKind::kernel, 0, 0};
    Seen seen;
    seen.add(kernel, ping, host(1), FlowVerdict::denied).key.process = model::ProcessId::unknown;
    const auto audit = seen.audit({});
    REQUIRE(audit.findings.size() == 1);
    const auto& decision = audit.findings[0].decision;
    REQUIRE(decision.has_value());
    REQUIRE(decision->action == model::DecisionAction::allow);
    CHECK(analyzer::undecided(audit.findings, seen.record, {*decision}).empty());

    Seen others;
    others.add(www, ping, host(1), FlowVerdict::denied);
    others.add(SocketOwner{}, ping, host(1), FlowVerdict::denied);
    others.add(kernel, Service::icmp(model::protocol::icmp, 13, 0), host(1), FlowVerdict::denied);
    others.add(kernel, Service::icmp(model::protocol::icmp, 8, 1), host(1), FlowVerdict::denied);
    const auto found = others.audit({}).findings;
    REQUIRE(found.size() == 4);
    CHECK(analyzer::undecided(found, others.record, {*decision}).size() == 4);
    for (const auto& finding : found) { // each proposal is for its own alone
        REQUIRE(finding.decision.has_value());
        CHECK(analyzer::undecided(found, others.record, {*finding.decision}).size() == 3);
    }
}

TEST_CASE("to allow what nobody ever answered over TCP is not proposed, but of what was denied") {
    for (const auto verdict : {FlowVerdict::accepted, FlowVerdict::denied}) {
        for (const std::uint64_t answered : {0U, 1U}) {
            Seen seen;
            auto& counts = seen.add(www, https, host(1), verdict, 2).counts;
            counts.answered = answered;
            counts.refused = 2 - answered;
            const auto audit = seen.audit({});
            REQUIRE(audit.findings.size() == 1);
            REQUIRE(audit.findings[0].decision);
            const bool in_vain = verdict == FlowVerdict::accepted && answered == 0;
            CHECK(audit.findings[0].decision->action ==
                  (in_vain ? model::DecisionAction::deny : model::DecisionAction::allow));
        }
    }
}

TEST_CASE("findings do not depend on the numbers that identities happen to have") {
    const auto findings_of = [](bool turned) {
        Seen seen;
        std::vector<std::string> names{"/usr/bin/a", "/usr/bin/b", "/usr/bin/c"};
        if (turned) {
            std::reverse(names.begin(), names.end());
        }
        for (const auto& name : names) {
            model::Process process;
            process.exe = ForeignText(name);
            const auto id = seen.record.identities.add(process);
            seen.add(www, https, host(1)).key.process = id;
            seen.record.flows.back().counts.last_seen = start;
            seen.named(("host" + name.substr(name.size() - 1) + ".example").c_str());
        }
        const auto audit = seen.audit({});
        std::string lines;
        for (const auto& finding : audit.findings) {
            lines += analyzer::finding_line(finding, seen.record.identities) + "\n";
        }
        return lines;
    };
    CHECK(findings_of(false) == findings_of(true));
}

TEST_CASE("a finding is a line of flows --json with its verdict, the nearest rule and the decision") {
    Seen seen;
    seen.add(www, https, host(1), FlowVerdict::denied, 2);
    const auto audit = seen.audit({to_address("00000000000a", uid(33), https, host(2))});
    REQUIRE(audit.findings.size() == 1);
    const auto line = analyzer::finding_to_json(audit.findings[0], seen.record, "action = \"allow\"\n");
    CHECK(line.find('\n') == std::string::npos);
    const auto document = nlohmann::json::parse(line);
    CHECK(document.at("verdict") == "denied");
    CHECK(document.at("shadowed") == false);
    CHECK(document.at("packets") == 6);
    CHECK(document.at("count") == 2);
    CHECK(document.at("nearest_rule") == "00000000000a");
    CHECK(document.at("why") == "same user and service, other address in the same /24");
    CHECK(document.at("decision") == "action = \"allow\"\n");
    CHECK(document.at("addresses") == nlohmann::json({"198.51.100.1"}));
    CHECK(document.at("process").at("exe") == "/usr/bin/job");
    CHECK(document.at("task").at("name") == "job.timer");
    const auto table = analyzer::render_findings(audit.findings, seen.record, {200, false});
    CHECK(table.find("00000000000a: same user and service") != std::string::npos);
    CHECK(table.find("allow") != std::string::npos);
}

TEST_CASE("what was seen again has another fingerprint, and what was not has the same") {
    Seen seen;
    auto flow = seen.add(www, https, host(1));
    const auto before = analyzer::fingerprint(flow, seen.record.identities);
    CHECK(before.size() == 32);
    flow.counts.count = 9; // of another range of time
    CHECK(analyzer::fingerprint(flow, seen.record.identities) == before);
    flow.counts.last_seen += std::chrono::milliseconds(1);
    CHECK(analyzer::fingerprint(flow, seen.record.identities) != before);
}
