#include <analyzer/render/firewalld.hpp>
#include <analyzer/render/ufw.hpp>

#include <doctest/doctest.h>

#include <sstream>

using namespace fwlearn;
namespace protocol = model::protocol;

namespace {

model::Rule rule(const std::string& id, const model::Protocol& of, std::vector<model::DetailRange> details,
                 const std::vector<std::string>& addresses) {
    model::Rule result;
    result.id = id;
    result.selectors.emplace_back();
    result.protocol = of;
    result.details = std::move(details);
    for (const auto& text : addresses) {
        result.addresses.push_back(*model::Prefix::parse(text));
    }
    return result;
}

model::Whitelist whitelist(const model::Rule& only) {
    model::Whitelist result;
    result.rules.push_back(only);
    return result;
}

/// The lines of a text that hold `part`.
std::vector<std::string> lines_with(const std::string& text, const std::string& part) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        if (line.find(part) != std::string::npos) {
            lines.push_back(line);
        }
    }
    return lines;
}

/// What the two say of a rule that they cannot take: the reason, and nothing else.
void check_not_expressed(const model::Rule& only, const std::string& by_ufw,
                         const std::string& by_firewalld) {
    const auto ufw = analyzer::render_ufw(whitelist(only));
    CHECK(ufw.not_expressed == std::vector{only.id + ": " + by_ufw});
    CHECK(lines_with(ufw.text, "# not expressed: " + ufw.not_expressed[0]).size() == 1);
    CHECK(lines_with(ufw.text, "rule allow").size() == 2); // DHCP's

    if (!by_firewalld.empty()) {
        const auto firewalld = analyzer::render_firewalld(whitelist(only));
        CHECK(firewalld.not_expressed == std::vector{only.id + ": " + by_firewalld});
        CHECK(lines_with(firewalld.text, "not expressed: " + only.id).size() == 1);
        CHECK(lines_with(firewalld.text, "<accept/>").size() ==
              lines_with(analyzer::render_firewalld({}).text, "<accept/>").size());
    }
}

} // namespace

TEST_CASE("ports, ranges, prefixes and both families become ufw commands, fifteen ports each at most") {
    std::vector<model::DetailRange> ports;
    for (std::uint16_t port = 1; port <= 31; port = static_cast<std::uint16_t>(port + 2)) {
        ports.emplace_back(port);
    }
    ports.emplace_back(std::uint16_t{8000}, std::uint16_t{8010});
    const auto rendered = analyzer::render_ufw(
        whitelist(rule("0123456789ab", protocol::tcp, ports, {"198.51.100.0/30", "2001:db8::7"})));
    CHECK(rendered.not_expressed.empty());
    CHECK(lines_with(rendered.text, "to 198.51.100.0/30") ==
          std::vector<std::string>{"rule allow out proto tcp to 198.51.100.0/30 port "
                                   "1,3,5,7,9,11,13,15,17,19,21,23,25,27,29 comment '0123456789ab'",
                                   "rule allow out proto tcp to 198.51.100.0/30 port 31,8000:8010 comment "
                                   "'0123456789ab'"});
    CHECK(lines_with(rendered.text, "to 2001:db8::7 port").size() == 2);
}

TEST_CASE("protocols without ports become commands without ports") {
    const auto rendered =
        analyzer::render_ufw(whitelist(rule("0123456789ab", protocol::gre, {0}, {"198.51.100.9"})));
    CHECK(lines_with(rendered.text, "proto gre") ==
          std::vector<std::string>{"rule allow out proto gre to 198.51.100.9 comment '0123456789ab'"});
}

TEST_CASE("ufw's denial is the last command, so that nothing is denied before it is allowed") {
    const auto text =
        analyzer::render_ufw(whitelist(rule("0123456789ab", protocol::udp, {53}, {"198.51.100.9"}))).text;
    CHECK(text.find("ufw default deny outgoing") > text.rfind("rule allow"));
    CHECK(text.rfind("ufw default deny outgoing\n") + std::string("ufw default deny outgoing\n").size() ==
          text.size());
}

TEST_CASE("a rule becomes one rich rule for each prefix and range, of the prefix's family") {
    const auto rendered = analyzer::render_firewalld(
        whitelist(rule("0123456789ab", protocol::sctp, {80, 81, 443}, {"198.51.100.0/30", "2001:db8::7"})));
    CHECK(rendered.not_expressed.empty());
    CHECK(lines_with(rendered.text, "protocol=\"sctp\"") ==
          std::vector<std::string>{
              "  <rule family=\"ipv4\"><destination address=\"198.51.100.0/30\"/><port port=\"80-81\" "
              "protocol=\"sctp\"/><accept/></rule>",
              "  <rule family=\"ipv4\"><destination address=\"198.51.100.0/30\"/><port port=\"443\" "
              "protocol=\"sctp\"/><accept/></rule>",
              "  <rule family=\"ipv6\"><destination address=\"2001:db8::7\"/><port port=\"80-81\" "
              "protocol=\"sctp\"/><accept/></rule>",
              "  <rule family=\"ipv6\"><destination address=\"2001:db8::7\"/><port port=\"443\" "
              "protocol=\"sctp\"/><accept/></rule>"});
}

TEST_CASE("neighbour discovery and DHCP stand before firewalld's denial") {
    const auto text = analyzer::render_firewalld({}).text;
    for (const auto* part : {"<icmp-type name=\"neighbour-solicitation\"/><accept/>",
                             "<icmp-type name=\"router-solicitation\"/><accept/>",
                             "<icmp-type name=\"packet-too-big\"/><accept/>",
                             "<destination address=\"ff02::16\"/><protocol value=\"58\"/>",
                             "<port port=\"67\" protocol=\"udp\"/>", "<policy target=\"REJECT\">"}) {
        CAPTURE(std::string(part));
        CHECK(lines_with(text, part).size() == 1);
    }
}

TEST_CASE("a user's rule is left out, since everybody's would be wider") {
    auto of_user = rule("0123456789ab", protocol::tcp, {443}, {"198.51.100.9"});
    of_user.selectors.front().kind = model::SelectorKind::uid;
    of_user.selectors.front().uid = 33;
    check_not_expressed(of_user, "for uid 33 alone, and ufw cannot tell who sends (option selector: any)",
                        "for uid 33 alone, and firewalld cannot tell who sends (option selector: any)");
}

TEST_CASE("a name's rule is left out, since its addresses change") {
    auto by_name = rule("0123456789ab", protocol::tcp, {443}, {"198.51.100.9"});
    by_name.by_name.emplace_back();
    by_name.by_name.front().name = model::ForeignText("a.example.org");
    check_not_expressed(by_name, "by name, and ufw knows addresses alone (option by: address)",
                        "by name, and firewalld knows addresses alone (option by: address)");
}

TEST_CASE("an ICMP type is taken with the codes that the rule has, or not at all") {
    const auto ping = rule("0123456789ab", protocol::icmp, {0x0800}, {"198.51.100.9"});
    check_not_expressed(ping, "ICMP, for which ufw has no command (/etc/ufw/before.rules, before6.rules)",
                        "firewalld has no ICMP type that admits these codes alone");
    const auto redirect = rule("0123456789ab", protocol::icmp, {0x0500, 0x0501}, {"198.51.100.9"});
    const auto text = analyzer::render_firewalld(whitelist(redirect)).text;
    CHECK(lines_with(text, "<icmp-type name=\"network-redirect\"/><accept/>").size() == 1);
    CHECK(lines_with(text, "<icmp-type name=\"host-redirect\"/><accept/>").size() == 1);
    CHECK(lines_with(text, "name=\"redirect\"").empty());
}

TEST_CASE("protocols and ports that a firewall does not take are left out") {
    check_not_expressed(rule("0123456789ab", protocol::udplite, {53}, {"198.51.100.9"}),
                        "ufw does not take protocol udplite", "firewalld takes no ports of udplite");
    check_not_expressed(rule("0123456789ab", model::Protocol{253}, {0}, {"198.51.100.9"}),
                        "ufw does not take protocol 253", "");
    check_not_expressed(rule("0123456789ab", protocol::tcp, {0, 80}, {"198.51.100.9"}),
                        "ufw does not take port 0", "");
    check_not_expressed(rule("0123456789ab", protocol::igmp, {0}, {"2001:db8::9"}),
                        "ufw does not take igmp over IPv6", "");
}
