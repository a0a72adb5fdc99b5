// Do ufw and firewalld take what is rendered for them, of every whitelist of the corpus? And, with it loaded,
// does the kernel let through what the whitelist's expressed rules admit, and nothing else?
#include "asking_firewalls.hpp"
#include "running_firewall.hpp"

#include <analyzer/render/firewalld.hpp>
#include <analyzer/render/ufw.hpp>
#include <analyzer/verdict.hpp>

#include <corpus.hpp>
#include <doctest/doctest.h>
#include <ground/conntrack.hpp>
#include <ground/kernel_verdicts.hpp>
#include <ground/neighbours.hpp>

#include <algorithm>
#include <cstdlib>
#include <future>
#include <sstream>

using namespace fwlearn;
using namespace fwlearn::firewalls_test;
using kernel_test::Attempt;
using kernel_test::Lab;
using model::Family;

namespace {

constexpr std::size_t neighbours_each = 20;

bool all_of_it() {
    const char* const full = std::getenv("FWLEARN_FULL");
    return full != nullptr && std::string_view(full) == "1";
}

/// As it is, and for everybody by address, which is all that these firewalls can be told. 500 random ones and
/// those made by hand; of the random ones a tenth, unless all is asked for; under sanitizers a share of that.
std::vector<tests::Case> corpus() {
    std::vector<tests::Case> cases;
    auto all = tests::hand_made_cases();
    for (unsigned seed = 0; seed < (all_of_it() ? 500U : 50U); ++seed) {
        all.push_back(tests::random_case(seed));
    }
    for (std::size_t index = 0; index < all.size(); index += FWLEARN_EVERY) {
        auto everybodys = tests::for_everybody(all[index], static_cast<unsigned>(index));
        everybodys.name += ", for everybody";
        cases.push_back(std::move(all[index]));
        cases.push_back(std::move(everybodys));
    }
    return cases;
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

struct Kind {
    std::string name;
    analyzer::Rendered (*render)(const model::Whitelist&) = nullptr;
    bool (*accepts)(const model::Whitelist&, const Attempt&) = nullptr;
};

const Kind ufws{"ufw", analyzer::render_ufw, ufw_accepts};
const Kind firewallds{"firewalld", analyzer::render_firewalld, firewalld_accepts};

/// What was found, to be told by the test's own thread.
struct Outcome {
    std::vector<std::string> faults;
    std::size_t rules = 0;
    std::size_t expressed = 0;
    std::size_t loads = 0;
    std::size_t accepted = 0;
    std::size_t denied = 0;
};

/// From users' sockets and from none: neither firewall knows a sender. Of one whitelist so many pairs of
/// prefix and service at most; what could be reached from nowhere else than a link is not sent to.
std::vector<Attempt> attempts_for(const tests::Case& one, unsigned seed) {
    const std::size_t most = all_of_it() ? 1000 : 100;
    std::vector<Attempt> admitted;
    for (const auto& packet : one.admitted) {
        if (admitted.size() < most && !packet.destination.address.is_multicast()) {
            admitted.push_back({packet.owner, packet.destination, {}});
        }
    }
    admitted.push_back(
        {model::SocketOwner::user(33, 33),
         {model::Service::port(model::protocol::tcp, 443), Lab::internet_address(Family::ipv4, 1)},
         {}});
    std::sort(admitted.begin(), admitted.end());
    admitted.erase(std::unique(admitted.begin(), admitted.end()), admitted.end());
    auto attempts = kernel_test::neighbours_of(admitted, neighbours_each * admitted.size(), seed);
    attempts.insert(attempts.end(), admitted.begin(), admitted.end());
    return attempts;
}

void compare(const Lab& lab, const Kind& kind, const tests::Case& one, const model::Whitelist& whitelist,
             Outcome& outcome) {
    kernel_test::forget_connections(lab);
    const auto attempts = attempts_for(one, static_cast<unsigned>(outcome.loads));
    const auto verdicts = kernel_test::kernel_verdicts(lab, attempts);
    for (std::size_t index = 0; index < attempts.size(); ++index) {
        const auto& destination = attempts[index].destination;
        if (verdicts[index] != kind.accepts(whitelist, attempts[index])) {
            outcome.faults.push_back(one.name + ": " + destination.service.to_string() + " " +
                                     destination.address.to_string() + ": the kernel says " +
                                     (verdicts[index] ? "accept" : "deny"));
        }
        ++(verdicts[index] ? outcome.accepted : outcome.denied);
    }
}

/// A whitelist of which nothing is expressed is loaded once: it is the same file for all of them.
Outcome try_corpus(const Kind& kind) {
    Outcome outcome;
    const Lab lab;
    kernel_test::silence_internet(lab);
    RunningFirewall firewall(lab, kind.name);
    const auto cases = corpus();
    std::vector<analyzer::Rendered> rendered;
    std::vector<std::string> texts;
    for (const auto& one : cases) {
        rendered.push_back(kind.render(one.whitelist));
        texts.push_back(rendered.back().text);
    }
    if (const auto said = firewall.check(texts); !said.empty()) {
        outcome.faults.push_back("the validator says: " + said);
    }
    for (std::size_t index = 0; index < cases.size(); ++index) {
        const auto& one = cases[index];
        const auto whitelist = expressed(one.whitelist, rendered[index]);
        outcome.rules += one.whitelist.rules.size();
        outcome.expressed += whitelist.rules.size();
        if (whitelist.rules.size() + rendered[index].not_expressed.size() != one.whitelist.rules.size()) {
            outcome.faults.push_back(one.name + ": a rule is neither expressed nor said not to be");
        }
        if (whitelist.rules.empty() && outcome.loads > 0) {
            continue;
        }
        ++outcome.loads;
        if (const auto said = firewall.load(texts[index]); !said.empty()) {
            outcome.faults.push_back(one.name + ": " + said);
        } else {
            compare(lab, kind, one, whitelist, outcome);
        }
    }
    return outcome;
}

/// But for what it logs: ufw thinks of that when it is enabled.
std::string ruleset(const Lab& lab) {
    std::istringstream listed(
        kernel_test::must_run({"nft", "--stateless", "list", "ruleset"}, {.netns = lab.server().name()}));
    std::string rules;
    for (std::string line; std::getline(listed, line);) {
        rules += line.find(" log prefix ") == std::string::npos ? line + "\n" : std::string();
    }
    return rules;
}

tests::Case hand_made(const std::string& name) {
    auto cases = tests::hand_made_cases();
    const auto found =
        std::find_if(cases.begin(), cases.end(), [&name](const auto& one) { return one.name == name; });
    REQUIRE(found != cases.end());
    return tests::for_everybody(*found, 0);
}

} // namespace

TEST_CASE("ufw and firewalld take the whole corpus, and the kernel does with it as the checker says") {
    // At once: each is one process that waits for another.
    auto of_ufw = std::async(std::launch::async, try_corpus, ufws);
    auto of_firewalld = std::async(std::launch::async, try_corpus, firewallds);
    for (auto* future : {&of_ufw, &of_firewalld}) {
        const std::string name = future == &of_ufw ? "ufw" : "firewalld";
        const auto outcome = future->get();
        MESSAGE(name, ": ", outcome.rules, " rules, ", outcome.expressed, " of them expressed; ",
                outcome.loads, " whitelists loaded; ", outcome.accepted, " packets accepted, ",
                outcome.denied, " denied");
        constexpr std::size_t told = 20;
        for (std::size_t index = 0; index < std::min(told, outcome.faults.size()); ++index) {
            FAIL_CHECK(name, ": ", outcome.faults[index]);
        }
        CHECK(outcome.faults.size() == 0);
        CHECK(outcome.expressed > outcome.rules / 8);
        CHECK(outcome.accepted > outcome.loads);
        CHECK(outcome.denied > outcome.accepted);
    }
}

TEST_CASE("asked for many files, a firewall does with each what it does when it is started anew") {
    const auto first = hand_made("a range cut by another rule");
    const auto second = hand_made("both echoes");
    for (const auto& pair : {std::pair(ufws, ufw()), std::pair(firewallds, firewalld())}) {
        const auto& kind = pair.first;
        const auto& alone = pair.second;
        CAPTURE(kind.name);
        const Lab one;
        RunningFirewall firewall(one, kind.name);
        CHECK(firewall.load(kind.render(first.whitelist).text) == "");
        const auto of_first = ruleset(one);
        CHECK(firewall.load(kind.render(second.whitelist).text) == "");
        CHECK(ruleset(one) != of_first);
        CHECK(firewall.load(kind.render(first.whitelist).text) == "");
        CHECK(ruleset(one) == of_first);
        const Lab other;
        const auto loaded = ask(other, alone.load, kind.render(first.whitelist).text);
        REQUIRE_MESSAGE(loaded.status == 0, loaded.err);
        CHECK(ruleset(other) == of_first);
    }
}

TEST_CASE("what is wrong in one of many files is told") {
    const Lab lab;
    RunningFirewall by_ufw(lab, "ufw");
    const std::vector<std::string> scripts{analyzer::render_ufw({}).text,
                                           "ufw allow out proto tcp to 198.51.100.1 port 65536\n"};
    CHECK(by_ufw.check(scripts).find("Bad port") != std::string::npos);
    CHECK(by_ufw.load(scripts[1]).find("Bad port") != std::string::npos);
    RunningFirewall by_firewalld(lab, "firewalld");
    std::vector<std::string> policies(2, analyzer::render_firewalld({}).text);
    policies[1].replace(policies[1].find("port=\"67\""), 9, "port=\"65536\"");
    // A rule that it does not understand is a warning, and it goes on without.
    CHECK(by_firewalld.check(policies).find("INVALID_PORT") != std::string::npos);
    CHECK(by_firewalld.load(policies[0]) == "");
    CHECK(by_firewalld.load(policies[1]).find("INVALID_PORT") != std::string::npos);
}
