// Do the firewalls' own validators tell what is wrong, and are neighbours still found when they deny?
#include "asking_firewalls.hpp"

#include <analyzer/render/firewalld.hpp>
#include <analyzer/render/ufw.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace fwlearn::firewalls_test;
using kernel_test::Lab;

namespace {

model::Rule to_the_router() {
    model::Rule rule;
    rule.id = "0123456789ab";
    rule.selectors.emplace_back();
    rule.protocol = model::protocol::tcp;
    rule.details.emplace_back(std::uint16_t{443});
    rule.addresses.push_back(*model::Prefix::parse("2001:db8:1::1"));
    return rule;
}

} // namespace

TEST_CASE("what is wrong in a file is told") {
    const Lab lab;
    const auto command = ask(lab, ufw().check, "ufw allow out proto tcp to 198.51.100.1 port 65536\n");
    CHECK(command.status != 0);
    CHECK(command.err.find("Bad port") != std::string::npos);
    auto text = analyzer::render_firewalld({}).text;
    text.replace(text.find("port=\"67\""), 9, "port=\"65536\"");
    // A rule that it does not understand is a warning, and it goes on without.
    CHECK(ask(lab, firewalld().check, text).err.find("INVALID_PORT") != std::string::npos);
    CHECK(ask(lab, firewalld().load, text).err.find("INVALID_PORT") != std::string::npos);
}

TEST_CASE("neighbours are discovered behind either firewall's denial") {
    model::Whitelist whitelist;
    whitelist.rules.push_back(to_the_router());
    for (const auto& [firewall, text] :
         {std::pair{ufw(), analyzer::render_ufw(whitelist).text},
          std::pair{firewalld(), analyzer::render_firewalld(whitelist).text}}) {
        const Lab lab;
        const auto loaded = ask(lab, firewall.load, text);
        REQUIRE_MESSAGE(loaded.status == 0, loaded.err);
        kernel_test::must_run(
            {"ip", "-n", lab.server().name(), "neighbour", "del", "2001:db8:1::1", "dev", Lab::cable});
        const auto connecting = kernel_test::run({"bash", "-c", "exec 3<>/dev/tcp/2001:db8:1::1/443"},
                                                 {.netns = lab.server().name()});
        CHECK(connecting.err.find("Connection refused") !=
              std::string::npos); // by the router: nobody listens
    }
}
