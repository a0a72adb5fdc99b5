#include <analyzer/suggest.hpp>
#include <analyzer/verdict.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using model::Service;
using model::SocketOwner;

namespace {

const auto https = Service::port(model::protocol::tcp, 443);

model::Rule rule(model::SelectorKind kind, std::uint32_t uid = 0) {
    model::Rule result;
    result.id = "0123456789ab";
    result.selectors = {{kind, uid, {}, {}, {}}};
    result.protocol = model::protocol::tcp;
    result.details = {80, 443};
    result.addresses = {*model::Prefix::parse("198.51.100.8/30"), *model::Prefix::parse("2001:db8::8/126")};
    return result;
}

analyzer::Verdict ask(const model::Rule& only, const SocketOwner& owner, const Service& service = https,
                      const char* address = "198.51.100.9") {
    model::Whitelist whitelist;
    whitelist.rules = {only};
    return analyzer::verdict(whitelist, {owner, {service, *model::Address::parse(address)}});
}

} // namespace

TEST_CASE("a verdict names the rule that it comes from, or says that there is none") {
    const auto accepted = ask(rule(model::SelectorKind::uid, 33), SocketOwner::user(33, 33));
    CHECK(accepted.accepted);
    CHECK(accepted.why == "0123456789ab");
    const auto denied = ask(rule(model::SelectorKind::uid, 33), SocketOwner::user(34, 33));
    CHECK_FALSE(denied.accepted);
    CHECK(denied.why == "no rule");
    CHECK(ask(rule(model::SelectorKind::uid, 33), SocketOwner::user(0, 0), https, "127.0.0.1").why ==
          "loopback");
}

TEST_CASE("a rule for a user is for this user's sockets, whatever the group") {
    const auto for_www = rule(model::SelectorKind::uid, 33);
    CHECK(ask(for_www, SocketOwner::user(33, 33)).accepted);
    CHECK(ask(for_www, SocketOwner::user(33, model::no_gid)).accepted);
    CHECK_FALSE(ask(for_www, SocketOwner::user(0, 33)).accepted);
    CHECK_FALSE(ask(for_www, SocketOwner::kernel()).accepted);
    CHECK_FALSE(ask(for_www, {}).accepted);
}

TEST_CASE("root's rule is not the kernel's, nor the other way round") {
    CHECK(ask(rule(model::SelectorKind::uid, 0), SocketOwner::user(0, 0)).accepted);
    CHECK_FALSE(ask(rule(model::SelectorKind::uid, 0), SocketOwner::kernel()).accepted);
    CHECK_FALSE(ask(rule(model::SelectorKind::uid, 0), {}).accepted);
    CHECK(ask(rule(model::SelectorKind::kernel), SocketOwner::kernel()).accepted);
    CHECK_FALSE(ask(rule(model::SelectorKind::kernel), SocketOwner::user(0, 0)).accepted);
    CHECK_FALSE(ask(rule(model::SelectorKind::kernel), {}).accepted);
}

TEST_CASE("a rule for everybody is for everybody, also for a sender who is not known") {
    for (const auto& owner :
         {SocketOwner::user(0, 0), SocketOwner::user(4294967294U, 0), SocketOwner::kernel(), SocketOwner{}}) {
        CHECK(ask(rule(model::SelectorKind::any), owner).accepted);
        CHECK_FALSE(ask(rule(model::SelectorKind::any), owner, https, "198.51.100.12").accepted);
    }
}

TEST_CASE("a rule for a unit admits no packet here, since no packet here has a cgroup") {
    for (const auto& owner : {SocketOwner::user(0, 0), SocketOwner::kernel(), SocketOwner{}}) {
        CHECK_FALSE(ask(rule(model::SelectorKind::unit), owner).accepted);
    }
}

TEST_CASE("a rule ends at the edges of its prefixes, in both families") {
    const auto for_www = rule(model::SelectorKind::uid, 33);
    const auto www = SocketOwner::user(33, 33);
    for (const auto* inside : {"198.51.100.8", "198.51.100.11", "2001:db8::8", "2001:db8::b"}) {
        CHECK_MESSAGE(ask(for_www, www, https, inside).accepted, inside);
    }
    for (const auto* outside : {"198.51.100.7", "198.51.100.12", "199.51.100.8", "2001:db8::7", "2001:db8::c",
                                "3001:db8::8", "::ffff:198.51.100.8"}) {
        CHECK_MESSAGE(!ask(for_www, www, https, outside).accepted, outside);
    }
}

TEST_CASE("a rule is for its own services: not the port beside, not the same port of another protocol") {
    const auto for_www = rule(model::SelectorKind::uid, 33);
    const auto www = SocketOwner::user(33, 33);
    CHECK(ask(for_www, www, Service::port(model::protocol::tcp, 80)).accepted);
    for (const auto& service :
         {Service::port(model::protocol::tcp, 81), Service::port(model::protocol::tcp, 442),
          Service::port(model::protocol::tcp, 0), Service::port(model::protocol::udp, 443),
          Service::port(model::protocol::sctp, 443), Service{model::protocol::gre, 0}}) {
        CHECK_MESSAGE(!ask(for_www, www, service).accepted, service.to_string());
    }
}

TEST_CASE("ICMP is judged by type and code") {
    auto ping = rule(model::SelectorKind::kernel);
    ping.protocol = model::protocol::icmp;
    ping.details = {8U << 8U};
    const auto kernel = SocketOwner::kernel();
    CHECK(ask(ping, kernel, Service::icmp(model::protocol::icmp, 8, 0)).accepted);
    CHECK_FALSE(ask(ping, kernel, Service::icmp(model::protocol::icmp, 8, 1)).accepted);
    CHECK_FALSE(ask(ping, kernel, Service::icmp(model::protocol::icmp, 0, 8)).accepted);
    CHECK_FALSE(ask(ping, kernel, Service::icmp(model::protocol::icmpv6, 8, 0), "2001:db8::8").accepted);
}

TEST_CASE("the fixed parts are of their own IP version alone") {
    const auto none = rule(model::SelectorKind::uid, 33);
    const auto kernel = SocketOwner::kernel();
    using namespace model::protocol;
    CHECK(ask(none, kernel, Service::icmp(icmp, 3, 4)).why == "ICMP errors");
    CHECK_FALSE(ask(none, kernel, Service::icmp(icmp, 3, 4), "2001:db8::1").accepted);
    CHECK(ask(none, kernel, Service::icmp(icmpv6, 2, 0), "2001:db8::1").why == "ICMPv6 errors");
    CHECK_FALSE(ask(none, kernel, Service::icmp(icmpv6, 2, 0)).accepted);
    CHECK(ask(none, kernel, Service::icmp(icmpv6, 135, 0), "ff02::1:ff00:1").why == "neighbour discovery");
    CHECK_FALSE(ask(none, kernel, Service::icmp(icmpv6, 135, 0)).accepted);
    CHECK(ask(none, kernel, Service::icmp(icmpv6, 143, 0), "ff02::16").why == "multicast listener");
    CHECK_FALSE(ask(none, kernel, Service::icmp(icmpv6, 143, 0)).accepted);
    CHECK(ask(none, SocketOwner::user(999, 0), Service::port(udp, 67)).why == "DHCP");
    CHECK_FALSE(ask(none, {}, Service::port(udp, 67)).accepted);
    CHECK_FALSE(ask(none, SocketOwner::user(999, 0), Service::port(udp, 68)).accepted);
}
