#include "select.hpp"

#include <analyzer/open_questions.hpp>
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>

#include <map>

using namespace fwlearn;
using model::Service;
using model::SocketOwner;

namespace {

const auto www = SocketOwner::user(33, 33);
const auto https = Service::port(model::protocol::tcp, 443);
const auto noon = *model::parse_rfc3339("2026-11-23T12:00:00Z");

model::Flow flow(const SocketOwner& owner, const Service& service, const char* address) {
    model::Flow result;
    result.key.owner = owner;
    result.key.destination = {service, *model::Address::parse(address)};
    result.counts.count = 1;
    result.counts.first_seen = result.counts.last_seen = noon;
    result.hours = {{model::hour_of(noon), result.counts.count}};
    return result;
}

analyzer::Selected select(const model::Record& record, const analyzer::SuggestOptions& options) {
    analyzer::Decided decided(record, options.decisions);
    return analyzer::select(record, options, decided);
}

} // namespace

TEST_CASE("each flow asks for its own destination on behalf of its owner, and is not forgotten") {
    model::Record record;
    record.flows = {flow(SocketOwner::user(1000, 7), https, "198.51.100.2"),
                    flow(SocketOwner::kernel(), {model::protocol::gre, 0}, "198.51.100.1"),
                    flow(www, https, "198.51.100.1")};
    const auto selected = select(record, {});
    CHECK(selected.left_out.empty());
    REQUIRE(selected.needs.size() == 3);
    std::map<std::uint32_t, analyzer::Need> by_flow;
    for (const auto& need : selected.needs) {
        by_flow[need.flow] = need;
        CHECK(need.destination == record.flows[need.flow].key.destination);
    }
    REQUIRE(by_flow.size() == 3);
    CHECK(selected.selectors.at(by_flow[0].selector).kind == model::SelectorKind::uid);
    CHECK(selected.selectors.at(by_flow[0].selector).uid == 1000);
    CHECK(selected.selectors.at(by_flow[1].selector).kind == model::SelectorKind::kernel);
    CHECK(selected.selectors.at(by_flow[2].selector).uid == 33);
    CHECK(std::is_sorted(selected.needs.begin(), selected.needs.end()));
}

TEST_CASE("a flow without a recorded sender opens nothing to everybody where somebody is known to send") {
    model::Record record;
    record.flows = {flow(www, https, "198.51.100.1"), flow(SocketOwner::kernel(), https, "198.51.100.1"),
                    flow({}, https, "198.51.100.1"), flow({}, https, "198.51.100.2")};
    const auto selected = select(record, {});
    REQUIRE(selected.needs.size() == 3);
    for (const auto& need : selected.needs) {
        CHECK(need.flow != 2);
        const auto& selector = selected.selectors.at(need.selector);
        CHECK((selector.kind == model::SelectorKind::any) == (need.flow == 3));
    }
    REQUIRE(selected.left_out.size() == 1);
    CHECK(selected.left_out[0].flow == record.flows[2]);
    CHECK(selected.left_out[0].reason.find("sender not recorded") == 0);
}

TEST_CASE("each reason for leaving out is given to the flow that has it") {
    model::Record record;
    record.flows = {flow(www, https, "0.0.0.0"),
                    flow(www, https, "::1"),
                    flow(SocketOwner::user(999, 0), Service::port(model::protocol::udp, 547), "ff02::1:2"),
                    flow(www, Service::icmp(model::protocol::icmp, 3, 3), "198.51.100.1"),
                    flow(www, Service::icmp(model::protocol::icmpv6, 128, 0), "198.51.100.1"),
                    flow(www, Service::icmp(model::protocol::icmpv6, 143, 0), "ff02::16")};
    record.flows[0].key.overflow = true;
    const auto selected = select(record, {});
    CHECK(selected.needs.empty());
    std::map<std::string, std::string> reason_of;
    for (const auto& [left_out, reason] : selected.left_out) {
        reason_of[left_out.key.destination.service.to_string() + " " +
                  left_out.key.destination.address.to_string()] = reason;
    }
    CHECK(reason_of == std::map<std::string, std::string>{
                           {"tcp/443 0.0.0.0", "overflow: more destinations than could be told apart"},
                           {"tcp/443 ::1", "loopback is always accepted"},
                           {"udp/547 ff02::1:2", "always accepted: DHCPv6 renewal"},
                           {"icmp/3/3 198.51.100.1", "always accepted: path-MTU and error messages"},
                           {"icmpv6/128/0 198.51.100.1",
                            "ICMP of the other IP version: nothing answers it and no rule can tell its type"},
                           {"icmpv6/143/0 ff02::16", "always accepted: IPv6 multicast listener reports"}});
}

TEST_CASE("DHCP of an ordinary user or of an unknown sender is no fixed part's and needs a rule") {
    const auto bootps = Service::port(model::protocol::udp, 67);
    model::Record record;
    record.flows = {flow(SocketOwner::user(1000, 0), bootps, "198.51.100.1"),
                    flow(SocketOwner::kernel(), bootps, "198.51.100.1"), flow({}, bootps, "198.51.100.2"),
                    flow(SocketOwner::user(0, 0), bootps, "2001:db8::1")};
    const auto selected = select(record, {});
    CHECK(selected.needs.size() == 4);
    CHECK(selected.left_out.empty());
}

TEST_CASE("what somebody did in his session is left out, unless it is asked for") {
    model::Record record;
    record.flows = {flow(www, https, "198.51.100.1"), flow(www, https, "198.51.100.2")};
    record.flows[0].key.task =
        record.identities.add(model::Task{model::TaskKind::session, model::ForeignText("ssh, uid 33")});
    auto selected = select(record, {});
    REQUIRE(selected.left_out.size() == 1);
    CHECK(selected.left_out[0].flow == record.flows[0]);
    CHECK(selected.needs.size() == 1);
    selected = select(record, {.include_sessions = true});
    CHECK(selected.left_out.empty());
}

TEST_CASE(
    "TCP that nobody answered is left out, a destination that answered once is not, and datagrams stay") {
    model::Record record;
    const auto other = SocketOwner::user(1000, 1000);
    record.flows = {flow(www, https, "198.51.100.1"),
                    flow(www, https, "198.51.100.2"),
                    flow(www, https, "198.51.100.3"),
                    flow(www, https, "198.51.100.3"),
                    flow(other, https, "198.51.100.3"),
                    flow(www, Service::port(model::protocol::udp, 514), "198.51.100.1"),
                    flow(www, https, "198.51.100.4")};
    record.flows[0].counts.refused = 1;
    record.flows[1].counts.unanswered = 1;
    record.flows[2].counts.unanswered = 1; // by another process than the next
    record.flows[3].key.process =
        record.identities.add(model::Process{.exe = model::ForeignText("/usr/bin/curl"),
                                             .comm{},
                                             .cmdline{},
                                             .cgroup{},
                                             .unit{},
                                             .uid{},
                                             .script{},
                                             .ancestors{}});
    record.flows[3].counts.answered = 1;
    record.flows[4].counts.unanswered = 1;
    record.flows[5].counts.unanswered = 1;
    // The end of the last was not seen: nothing is known against it.
    const auto selected = select(record, {});
    std::map<std::uint32_t, bool> kept;
    for (const auto& need : selected.needs) {
        kept[need.flow] = true;
    }
    CHECK(kept == std::map<std::uint32_t, bool>{{2, true}, {3, true}, {5, true}, {6, true}});
    CHECK(selected.left_out.size() == 3);
}

TEST_CASE("cloud metadata is left out over both IP versions, and its neighbours are not") {
    model::Record record;
    record.flows = {flow(www, Service::port(model::protocol::tcp, 80), "169.254.169.254"),
                    flow(www, Service::port(model::protocol::tcp, 80), "fd00:ec2::254"),
                    flow(www, Service::port(model::protocol::tcp, 80), "169.254.169.253")};
    const auto selected = select(record, {});
    CHECK(selected.left_out.size() == 2);
    REQUIRE(selected.needs.size() == 1);
    CHECK(selected.needs[0].flow == 2);
}

TEST_CASE("coverage is of the observations, and where there are none, of the flows") {
    model::Record record;
    record.flows = {flow(www, https, "198.51.100.1"), flow({}, https, "198.51.100.1")};
    record.flows[1].counts.last_seen += std::chrono::minutes(5);
    record.flows[1].key.attribution = model::Attribution::inferred;
    auto coverage = analyzer::suggest(record).coverage;
    CHECK(coverage.since == noon);
    CHECK(coverage.until == noon + std::chrono::minutes(5));
    CHECK(coverage.flows == 2);
    CHECK(coverage.unattributed == 1);
    CHECK(coverage.without_owner == 1);

    record.observations.resize(2);
    record.observations[0].started = noon - std::chrono::hours(9);
    record.observations[0].last_alive = noon - std::chrono::hours(5);
    record.observations[0].ended = noon - std::chrono::hours(4);
    record.observations[1].started = noon - std::chrono::hours(3);
    record.observations[1].last_alive = noon + std::chrono::hours(2); // was killed
    record.gaps = {{noon - std::chrono::hours(4), noon - std::chrono::hours(3), model::GapReason::not_running,
                    std::nullopt}};
    coverage = analyzer::suggest(record).coverage;
    CHECK(coverage.since == noon - std::chrono::hours(9));
    CHECK(coverage.until == noon + std::chrono::hours(2));
    CHECK(coverage.gaps == record.gaps);

    coverage = analyzer::suggest({}).coverage;
    CHECK_FALSE(coverage.since.has_value());
    CHECK_FALSE(coverage.until.has_value());
}

TEST_CASE("where the cloud's metadata is, its resolver and clock may be, which are ordinary") {
    model::Record record;
    const auto udp = [](std::uint16_t port) { return Service::port(model::protocol::udp, port); };
    const auto tcp = [](std::uint16_t port) { return Service::port(model::protocol::tcp, port); };
    record.flows = {flow(www, udp(53), "169.254.169.254"),  flow(www, tcp(53), "169.254.169.254"),
                    flow(www, udp(123), "169.254.169.254"), flow(www, tcp(80), "169.254.169.254"),
                    flow(www, tcp(443), "169.254.169.254"), flow(www, tcp(8080), "169.254.169.254")};
    auto selected = select(record, {});
    REQUIRE(selected.needs.size() == 3);
    for (const auto& need : selected.needs) {
        CHECK(need.flow < 3);
    }
    // What a setting of the host names, of whatever kind, is known to be needed.
    record.configured = {{model::ConfiguredKind::packages, model::ForeignText("/etc/apt/apt.conf"), 1,
                          model::ForeignText(), model::Address::parse("169.254.169.254"), tcp(8080)}};
    selected = select(record, {});
    CHECK(selected.needs.size() == 4);
    CHECK(selected.left_out.size() == 2);
}

TEST_CASE("who was never answered does not speak for a flow without a recorded sender that was") {
    model::Record record;
    record.flows = {flow(www, https, "198.51.100.1"), flow({}, https, "198.51.100.1")};
    record.flows[0].counts.unanswered = 1;
    record.flows[1].counts.answered = 1;
    const auto selected = select(record, {});
    REQUIRE(selected.needs.size() == 1);
    CHECK(selected.needs[0].flow == 1);
    CHECK(selected.selectors.at(selected.needs[0].selector).kind == model::SelectorKind::any);
    REQUIRE(selected.left_out.size() == 1);
    CHECK(selected.left_out[0].reason.find("nobody ever answered") != std::string::npos);
}

TEST_CASE("what a whitelist denies, or would deny, is no evidence unless somebody allows it") {
    using model::FlowVerdict;
    for (const auto& [verdict, words] :
         {std::pair{FlowVerdict::denied, "denied by the whitelist in force"},
          {FlowVerdict::shadowed, "would be denied by the whitelist on trial"}}) {
        model::Record record;
        record.flows = {flow(www, https, "198.51.100.1"), flow(www, https, "198.51.100.2")};
        record.flows[1].key.verdict = verdict;
        record.flows[1].counts.unanswered = 1; // as the tracker has it
        const auto selected = select(record, {});
        REQUIRE(selected.left_out.size() == 1);
        CHECK(selected.left_out[0].flow == record.flows[1]);
        CHECK(selected.left_out[0].reason.starts_with(words));
        REQUIRE(selected.needs.size() == 1);
        CHECK(selected.needs[0].flow == 0);

        analyzer::SuggestOptions options;
        options.decisions.emplace_back();
        options.decisions[0].scope.address = model::Prefix(*model::Address::parse("198.51.100.2"));
        const auto allowed = select(record, options);
        CHECK(allowed.left_out.empty()); // not for want of an answer either
        CHECK(allowed.needs.size() == 2);
    }
}

TEST_CASE("a denied flow is asked about in review, and one that needs no rule keeps that reason") {
    model::Record record;
    record.flows = {flow(www, https, "198.51.100.2"), flow(www, https, "127.0.0.1")};
    for (auto& one : record.flows) {
        one.key.verdict = model::FlowVerdict::denied;
    }
    const auto whitelist = analyzer::suggest(record, {});
    CHECK(whitelist.rules.empty());
    REQUIRE(whitelist.left_out.size() == 2);
    const auto questions = analyzer::open_questions(whitelist, record);
    REQUIRE(questions.size() == 1);
    CHECK(questions[0].reason.starts_with("denied by the whitelist in force"));
}

TEST_CASE("what review would allow is by name where an answer gives it, and by address where only the client "
          "does") {
    model::Record record;
    record.flows = {flow(www, https, "198.51.100.1"), flow(www, https, "198.51.100.9")};
    for (auto& one : record.flows) {
        one.key.verdict = model::FlowVerdict::denied;
        one.key.name = record.identities.add_name(model::ForeignText("api.example.org"));
    }
    record.flows[0].key.name_source = model::BindingSource::dns_host;
    record.flows[1].key.name_source = model::BindingSource::tls_sni;
    const auto questions = analyzer::open_questions(analyzer::suggest(record, {}), record);
    REQUIRE(questions.size() == 1);
    REQUIRE(questions[0].scopes.size() == 2);
    CHECK(questions[0].scopes[0].name.empty());
    CHECK(questions[0].scopes[0].address == model::Prefix::parse("198.51.100.9"));
    CHECK(questions[0].scopes[1].name == model::ForeignText("api.example.org"));
    CHECK_FALSE(questions[0].scopes[1].address);
}
