// Do ufw and firewalld take what is rendered for them? And, with it loaded, does the kernel let through what
// the whitelist's expressed rules admit, and nothing else?
#include "asking_firewalls.hpp"
#include "random_record.hpp"

#include <analyzer/render/firewalld.hpp>
#include <analyzer/render/ufw.hpp>
#include <analyzer/suggest.hpp>
#include <analyzer/verdict.hpp>

#include <doctest/doctest.h>
#include <ground/kernel_verdicts.hpp>
#include <ground/neighbours.hpp>

#include <algorithm>
#include <set>

using namespace fwlearn;
using namespace fwlearn::firewalls_test;
using kernel_test::Attempt;
using kernel_test::Lab;
using model::Family;

namespace {

/// `few`, or ten times as many with FWLEARN_FULL.
std::size_t how_many(std::size_t few) {
    return few * (tests::record_count() / 10'000);
}

struct World {
    model::Record record;
    model::Whitelist whitelist;
};

World world(std::size_t seed, bool by_address) {
    tests::RandomRecord random(seed);
    World result;
    result.record = random.record(24);
    result.whitelist =
        analyzer::suggest(result.record, {.by_address = by_address, .selector = analyzer::SelectorMode::any});
    return result;
}

/// The whitelist without the rules that are not in the text.
model::Whitelist expressed(model::Whitelist whitelist, const analyzer::Rendered& rendered) {
    const auto is_missing = [&rendered](const model::Rule& rule) {
        return std::any_of(
            rendered.not_expressed.begin(), rendered.not_expressed.end(),
            [&rule](const std::string& line) { return line.compare(0, rule.id.size(), rule.id) == 0; });
    };
    const auto end = std::remove_if(whitelist.rules.begin(), whitelist.rules.end(), is_missing);
    whitelist.rules.erase(end, whitelist.rules.end());
    return whitelist;
}

bool is_dhcp(const model::Destination& destination) {
    return destination.service.protocol == model::protocol::udp &&
           destination.service.detail == (destination.address.family() == Family::ipv4 ? 67 : 547);
}

bool is_own_icmp(const model::Destination& destination) {
    return destination.service.protocol ==
           (destination.address.family() == Family::ipv4 ? model::protocol::icmp : model::protocol::icmpv6);
}

/// The checker, but for what docs/whitelist.md says of ufw.
bool ufw_accepts(const model::Whitelist& whitelist, const Attempt& attempt) {
    const auto& destination = attempt.destination;
    if (is_own_icmp(destination)) {
        // before.rules has nothing for ICMP that leaves, errors being related to what they are about.
        // before6.rules takes errors and echoes; the rest with hop limit 255 or from a link-local address,
        // and the attempts have neither.
        const auto type = destination.service.icmp_type();
        return destination.address.family() == Family::ipv6 &&
               ((type >= 1 && type <= 4) || type == 128 || type == 129);
    }
    return is_dhcp(destination) || analyzer::verdict(whitelist, {attempt.owner, destination, {}}).accepted;
}

/// The same of firewalld.
bool firewalld_accepts(const model::Whitelist& whitelist, const Attempt& attempt) {
    const auto& destination = attempt.destination;
    const auto type = destination.service.icmp_type();
    if (is_own_icmp(destination) && destination.address.family() == Family::ipv6 &&
        (type == 131 || type == 132 || type == 143)) {
        return false; // but to the groups that listener reports are for
    }
    return is_dhcp(destination) || analyzer::verdict(whitelist, {attempt.owner, destination, {}}).accepted;
}

/// Destinations of the record that a raw packet can be sent to.
std::vector<Attempt> observed_in(const model::Record& record) {
    std::set<Attempt> attempts;
    for (const auto& flow : record.flows) {
        const auto& address = flow.key.destination.address;
        const auto first = address.octets()[0];
        if (address.family() == Family::ipv4 ? first == 198 || first == 203 : first == 0x20) {
            attempts.insert({model::SocketOwner::user(33, 33), flow.key.destination});
        }
    }
    return {attempts.begin(), attempts.end()};
}

/// Loads whitelists by `firewall` and asks the kernel about what was observed, and 20 neighbours of each.
void compare(const Firewall& firewall, analyzer::Rendered (*render)(const model::Whitelist&),
             bool (*accepts)(const model::Whitelist&, const Attempt&)) {
    std::size_t accepted = 0;
    std::size_t denied = 0;
    for (std::size_t seed = 0; seed < how_many(20); ++seed) {
        CAPTURE(seed);
        const auto asked = world(seed, true);
        const auto rendered = render(asked.whitelist);
        const Lab lab;
        const auto loaded = ask(lab, firewall.load, rendered.text);
        REQUIRE_MESSAGE(loaded.status == 0, loaded.err);
        CHECK(loaded.err.find("WARNING") == std::string::npos);
        const auto restricted = expressed(asked.whitelist, rendered);
        auto attempts = observed_in(asked.record);
        const auto neighbours =
            kernel_test::neighbours_of(attempts, attempts.size() * 20, static_cast<unsigned>(seed));
        attempts.insert(attempts.end(), neighbours.begin(), neighbours.end());
        const auto verdicts = kernel_test::kernel_verdicts(lab, attempts);
        for (std::size_t index = 0; index < attempts.size(); ++index) {
            const auto& destination = attempts[index].destination;
            CHECK_MESSAGE(verdicts[index] == accepts(restricted, attempts[index]),
                          destination.service.to_string(), " ", destination.address.to_string(),
                          ": the kernel says ", std::string(verdicts[index] ? "accept" : "deny"));
            ++(verdicts[index] ? accepted : denied);
        }
    }
    MESSAGE(accepted, " accepted, ", denied, " denied");
    CHECK(accepted > 0);
    CHECK(denied > accepted);
}

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

TEST_CASE("ufw takes every command, and firewalld every policy, of random records") {
    const Lab lab;
    std::size_t rules = 0;
    std::size_t by_ufw = 0;
    std::size_t by_firewalld = 0;
    for (std::size_t seed = 0; seed < how_many(55); ++seed) {
        CAPTURE(seed);
        const auto whitelist = world(seed, seed % 2 == 1).whitelist;
        const auto for_ufw = analyzer::render_ufw(whitelist);
        const auto said = ask(lab, ufw().check, for_ufw.text);
        CHECK(said.err.empty());
        REQUIRE(said.status == 0);
        const auto for_firewalld = analyzer::render_firewalld(whitelist);
        const auto answer = ask(lab, firewalld().check, for_firewalld.text);
        CHECK(answer.err.empty());
        REQUIRE(answer.status == 0);
        rules += whitelist.rules.size();
        by_ufw += expressed(whitelist, for_ufw).rules.size();
        by_firewalld += expressed(whitelist, for_firewalld).rules.size();
    }
    MESSAGE(rules, " rules, ", by_ufw, " of them by ufw, ", by_firewalld, " by firewalld");
    CHECK(by_ufw > rules / 4);
    CHECK(by_firewalld > rules / 4);
}

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

TEST_CASE("the kernel and the checker agree on what ufw loads, and on its neighbours") {
    compare(ufw(), analyzer::render_ufw, ufw_accepts);
}

TEST_CASE("the kernel and the checker agree on what firewalld loads, and on its neighbours") {
    compare(firewalld(), analyzer::render_firewalld, firewalld_accepts);
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
