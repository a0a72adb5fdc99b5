// Whether what refreshes names may ask for them.
#include <analyzer/name_upkeep.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using model::ConfiguredKind;
using model::Service;

namespace {

using Addresses = std::vector<model::Address>;

model::Address address(const char* text) {
    return *model::Address::parse(text);
}

const auto dns = Service::port(model::protocol::udp, 53);

model::Configured setting(const char* server, ConfiguredKind kind = ConfiguredKind::resolver,
                          Service service = dns) {
    model::Configured result;
    result.kind = kind;
    result.address = address(server);
    result.service = service;
    return result;
}

model::Selector user(std::uint32_t uid) {
    return {model::SelectorKind::uid, uid, {}, {}, {}};
}

model::Selector unit(const std::string& name) {
    return {model::SelectorKind::unit,
            0,
            model::ForeignText(name),
            model::ForeignText("system.slice/" + name),
            {}};
}

model::Rule by_name() {
    model::Rule rule;
    rule.selectors = {user(33)};
    rule.protocol = model::protocol::tcp;
    rule.details = {443};
    rule.addresses = {*model::Prefix::parse("198.51.100.7/32")};
    rule.by_name = {{model::ForeignText("api.example.net"), {address("198.51.100.7")}, 60, false}};
    return rule;
}

model::Rule asking(const model::Selector& who, const char* server = "203.0.113.53/32") {
    model::Rule rule;
    rule.selectors = {who};
    rule.protocol = model::protocol::udp;
    rule.details = {53};
    rule.addresses = {*model::Prefix::parse(server)};
    return rule;
}

Addresses denied(const std::vector<model::Rule>& rules, const std::vector<model::Configured>& configured) {
    model::Whitelist whitelist;
    whitelist.rules = rules;
    return analyzer::resolvers_denied_to_refresh(whitelist, configured);
}

} // namespace

TEST_CASE("where no rule lets refresh to a name server, its names go stale") {
    const Addresses servers{address("203.0.113.53"), address("2001:db8::53")};
    const std::vector settings{setting("2001:db8::53"), setting("203.0.113.53"), setting("203.0.113.53")};
    CHECK(denied({by_name()}, settings) == servers);
    CHECK(denied({by_name(), asking(user(33))}, settings) == servers);
    CHECK(denied({by_name(), asking(unit("cron.service"))}, settings) == servers);
    CHECK(denied({by_name(), asking(user(0), "203.0.113.54/32")}, settings) == servers);
}

TEST_CASE("one name server that it is let to is enough, as root or by one of its units, and so is one on "
          "this host") {
    const std::vector settings{setting("2001:db8::53"), setting("203.0.113.53")};
    CHECK(denied({by_name(), asking(user(0))}, settings).empty());
    CHECK(denied({by_name(), asking(unit("fwlearn-refresh.service"))}, settings).empty());
    CHECK(denied({by_name(), asking(unit("fwlearn-refresh-watch.service"))}, settings).empty());
    CHECK(denied({by_name()}, {setting("203.0.113.53"), setting("127.0.0.53")}).empty());
}

TEST_CASE("rules by address alone want no name server, and what is no name server's setting is none") {
    auto by_address = by_name();
    by_address.by_name.clear();
    CHECK(denied({by_address}, {setting("203.0.113.53")}).empty());
    CHECK(denied({by_name()}, {}).empty());
    CHECK(denied({by_name()},
                 {setting("203.0.113.123", ConfiguredKind::time, Service::port(model::protocol::udp, 123)),
                  setting("203.0.113.53", ConfiguredKind::resolver, Service::port(model::protocol::tcp, 53))})
              .empty());
}
