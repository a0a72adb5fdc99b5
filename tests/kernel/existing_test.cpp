// Does fwlearn understand a firewall that is there as the kernel does? Random rulesets, loaded by nft and by
// iptables-restore and read back as these print them; a packet for every attempt tells.
#include "ground/kernel_verdicts.hpp"
#include "ground/process.hpp"

#include <analyzer/existing.hpp>
#include <firewall/ruleset.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <set>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

constexpr std::size_t attempts_each = 400;

unsigned rulesets() {
    const char* const full = std::getenv("FWLEARN_FULL");
    return full != nullptr && std::string_view(full) == "1" ? 250 : FWLEARN_FEW ? 5 : 25; // of each kind
}

/// Rules of what administrators write, at random, about a small world: so that most of them match something.
class RandomRules {
  public:
    explicit RandomRules(unsigned seed) : random_(seed) {}

    std::string nft() {
        std::string text =
            "table inet existing {\n"
            "set hosts { type ipv4_addr; flags interval; elements = { 198.51.100.0/29, 203.0.113.7 } }\n"
            "set pairs { type ipv4_addr . inet_service; flags interval; elements = { 198.51.100.0/28 . "
            "20-60, 203.0.113.0/24 . 443 } }\n"
            "map ways { type inet_service : verdict; flags interval; elements = { 22 : accept, 80-443 : "
            "jump side, 53 : drop } }\n"
            "chain side {\n";
        for (unsigned count = below(4); count > 0; --count) {
            text += nft_matches() + pick({"accept", "drop", "return"}) + "\n";
        }
        text += "}\n";
        const unsigned chains = 1 + below(2);
        for (unsigned chain = 0; chain < chains; ++chain) {
            text += "chain output" + std::to_string(chain) + " {\ntype filter hook " +
                    pick({"output", "output", "postrouting"}) + " priority " + std::to_string(below(40)) +
                    "; policy " + pick({"accept", "drop"}) + ";\n";
            for (unsigned count = 2 + below(8); count > 0; --count) {
                text += nft_rule() + "\n";
            }
            text += "}\n";
        }
        return text + "}\n";
    }

    std::string iptables(model::Family family) {
        const bool ipv4 = family == model::Family::ipv4;
        std::string text = "*filter\n:OUTPUT " + pick({"ACCEPT", "DROP"}) + " [0:0]\n:side - [0:0]\n";
        for (unsigned count = below(4); count > 0; --count) {
            text += "-A side" + iptables_matches(ipv4) + " -j " + pick({"ACCEPT", "DROP", "RETURN"}) + "\n";
        }
        for (unsigned count = 2 + below(8); count > 0; --count) {
            text += "-A OUTPUT" + iptables_matches(ipv4) +
                    pick({" -j ACCEPT", " -j DROP", " -j side", " -g side", ""}) + "\n";
        }
        return text + "COMMIT\n";
    }

    std::vector<Attempt> attempts() {
        std::set<Attempt> chosen;
        while (chosen.size() < attempts_each) {
            const auto family = below(3) == 0 ? model::Family::ipv6 : model::Family::ipv4;
            chosen.insert({model::SocketOwner::user(user(), 0),
                           {service(family), Lab::internet_address(family, index())}});
        }
        return {chosen.begin(), chosen.end()};
    }

  private:
    unsigned below(unsigned limit) { return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_); }
    std::string pick(std::initializer_list<const char*> choices) {
        return choices.begin()[below(static_cast<unsigned>(choices.size()))];
    }
    std::uint32_t user() { return std::uint32_t{33} * below(4); }
    unsigned index() { return below(2) == 0 ? below(16) : 0x100U + below(16); }
    std::uint16_t port() {
        constexpr std::uint16_t ports[] = {22, 53, 80, 123, 443, 8000};
        return ports[below(6)];
    }
    model::Service service(model::Family family) {
        switch (below(6)) {
        case 0:
            return family == model::Family::ipv4 ? model::Service::icmp(model::protocol::icmp, 8, 0)
                                                 : model::Service::icmp(model::protocol::icmpv6, 128, 0);
        case 1:
            return {model::protocol::gre, 0};
        case 2:
        case 3:
            return model::Service::port(model::protocol::udp, port());
        default:
            return model::Service::port(model::protocol::tcp, port());
        }
    }

    std::string number() { return std::to_string(port()); }
    std::string uid() { return std::to_string(user()); }
    std::string host4() { return Lab::internet_address(model::Family::ipv4, index()).to_string(); }
    std::string host6() { return Lab::internet_address(model::Family::ipv6, index()).to_string(); }
    std::string negation() { return below(4) == 0 ? "!= " : ""; }

    std::string nft_match() {
        switch (below(16)) {
        case 0:
            return "meta skuid " + negation() + uid() + " ";
        case 1:
            return "meta skuid { " + uid() + ", 90-100 } ";
        case 2:
            return "tcp dport " + negation() + "{ " + number() + ", 400-500 } ";
        case 3:
            return "udp dport " + negation() + number() + " ";
        case 4:
            return "ip daddr " + negation() + "@hosts ";
        case 5:
            return "ip daddr " + negation() + host4() + "/28 ";
        case 6:
            return "ip daddr . tcp dport @pairs ";
        case 7:
            return "ip6 daddr " + negation() + host6() + "/124 ";
        case 8:
            return "meta l4proto " + negation() + "{ tcp, icmp } ";
        case 9:
            return pick({"meta nfproto ipv4 ", "meta nfproto ipv6 ", "ip protocol udp ", "ip6 nexthdr tcp "});
        case 10:
            return pick({"icmp type echo-request ", "icmpv6 type { echo-request, nd-redirect } ",
                         "icmp type != echo-reply "});
        case 11:
            return pick({"ct state new ", "ct state established,related ", "ct state != established ",
                         "ct state { new, invalid } "});
        case 12:
            return pick({"oifname \"eth*\" ", "oifname != \"eth0\" ", "oif \"lo\" ",
                         "oifname { \"eth0\", \"wlan0\" } "});
        case 13:
            return pick({"tcp flags & (fin|syn|rst|ack) == syn ", "tcp flags syn / fin,syn,rst,ack ",
                         "tcp flags != syn "});
        case 14:
            return "meta l4proto { tcp, udp } th dport " + number() + " ";
        default:
            return pick(
                {"ip daddr 203.0.113.3-203.0.113.9 ", "meta skuid < 50 ", "counter ", "meta skgid 5 "});
        }
    }

    std::string nft_matches() {
        std::string text;
        for (unsigned count = 1 + below(2); count > 0; --count) {
            text += nft_match();
        }
        return text;
    }

    std::string nft_rule() {
        switch (below(8)) {
        case 0:
            return "tcp dport vmap @ways";
        case 1:
            return nft_matches() + "udp dport vmap { 53 : accept, 123 : goto side }";
        case 2: // what is not understood
            return below(4) == 0 ? "meta mark 0 " + pick({"accept", "drop"}) : nft_matches() + "counter";
        default:
            return nft_matches() +
                   pick({"accept", "drop", "reject", "jump side", "goto side", "return",
                         "meta l4proto tcp reject with tcp reset", "reject with icmp host-unreachable",
                         "reject with icmpv6 addr-unreachable", "reject with icmpx no-route"});
        }
    }

    std::string iptables_matches(bool ipv4) {
        std::string text;
        if (below(2) == 0) {
            text += pick({" -d ", " ! -d "}) + (ipv4 ? host4() + "/28" : host6() + "/124");
        }
        switch (below(8)) {
        case 0:
            text += " -p tcp -m multiport --dports " + number() + ",400:500";
            break;
        case 1:
            text += " -p udp -m udp" + pick({" ", " ! "}) + "--dport " + number();
            break;
        case 2:
            text += ipv4 ? " -p icmp -m icmp --icmp-type 8" : " -p ipv6-icmp -m icmp6 --icmpv6-type 128";
            break;
        case 3:
            text += " -p tcp --syn";
            break;
        case 4:
            text += " ! -p tcp";
            break;
        default:
            break;
        }
        if (below(3) == 0) {
            text += " -m owner" + pick({" ", " ! "}) + "--uid-owner " + pick({"0", "33", "66", "20-70"});
        }
        if (below(4) == 0) {
            text += " -m conntrack" + pick({" ", " ! "}) + "--ctstate " +
                    pick({"NEW", "RELATED,ESTABLISHED", "NEW,INVALID"});
        }
        if (below(6) == 0) {
            text += pick({" -o eth+", " ! -o eth0", " -o lo"});
        }
        return text;
    }

    std::mt19937 random_;
};

struct Agreed {
    std::size_t told = 0;
    std::size_t accepted = 0;
    std::size_t not_told = 0;
};

void compare(const Lab& lab, const model::Ruleset& ruleset, const std::vector<Attempt>& attempts,
             Agreed& agreed) {
    const analyzer::ExistingFirewall firewall(ruleset);
    const auto kernel = kernel_verdicts(lab, attempts);
    for (std::size_t index = 0; index < attempts.size(); ++index) {
        const auto& [owner, destination, cgroup] = attempts[index];
        const auto judged = firewall.judge({owner, destination, model::ForeignText(Lab::cable)});
        if (judged.fate == analyzer::Fate::cannot_tell) {
            ++agreed.not_told;
            continue;
        }
        ++agreed.told;
        agreed.accepted += kernel[index] ? 1 : 0;
        if (kernel[index] != (judged.fate == analyzer::Fate::accepted)) {
            FAIL_CHECK("uid ", owner.uid, " ", destination.service.to_string(), " ",
                       destination.address.to_string(), ": the kernel says ",
                       std::string(kernel[index] ? "accepted" : "denied"), ", fwlearn otherwise (",
                       judged.by.raw_bytes(), ")");
        }
    }
}

/// Nobody answers there: what is answered would be established for the next attempt.
void silence(const Lab& lab) {
    must_run({"nft", "-f", "-"},
             {.netns = lab.internet().name(),
              .input = "table inet silence {\nchain input {\ntype filter hook input priority -300; "
                       "policy drop;\nicmpv6 type 133-137 accept\n}\n}\n"});
}

void say(const std::string& what, const Agreed& agreed) {
    MESSAGE(what, ": ", agreed.told, " packets judged as the kernel does, ", agreed.accepted,
            " of them accepted; ", agreed.not_told, " not told");
}

} // namespace

TEST_CASE("what nft has loaded is understood as the kernel understands it, or said not to be") {
    Agreed agreed;
    unsigned loaded = 0;
    for (unsigned seed = 0; loaded < rulesets(); ++seed) {
        RandomRules random(seed);
        const Lab lab;
        silence(lab);
        const auto rules = random.nft();
        CAPTURE(rules);
        // Some say of one packet that it is of two protocols, which nft refuses.
        REQUIRE(seed < 10 * rulesets());
        if (run({"nft", "-f", "-"}, {.netns = lab.server().name(), .input = rules}).status != 0) {
            continue;
        }
        ++loaded;
        const auto listed = must_run({"nft", "-j", "list", "ruleset"}, {.netns = lab.server().name()});
        const auto not_told = agreed.not_told;
        compare(lab, firewall::parse_nft_ruleset(listed), random.attempts(), agreed);
        // Marks are all that is not understood, and nft does not list which packets are reset.
        CHECK((agreed.not_told == not_told || rules.find("meta mark") != std::string::npos ||
               rules.find("tcp reset") != std::string::npos));
    }
    say("nft", agreed);
    CHECK(agreed.accepted > agreed.told / 10);
    CHECK(agreed.accepted < agreed.told - agreed.told / 10);
    CHECK(agreed.told > agreed.not_told);
}

TEST_CASE("what iptables has loaded is understood as the kernel understands it, or said not to be") {
    Agreed agreed;
    for (unsigned seed = 0; seed < rulesets(); ++seed) {
        RandomRules random(1000 + seed);
        const Lab lab;
        silence(lab);
        model::Ruleset ruleset;
        for (const auto family : {model::Family::ipv4, model::Family::ipv6}) {
            const std::string prefix = family == model::Family::ipv4 ? "iptables" : "ip6tables";
            const auto rules = random.iptables(family);
            CAPTURE(rules);
            must_run({prefix + "-restore"}, {.netns = lab.server().name(), .input = rules});
            const auto saved = must_run({prefix + "-save"}, {.netns = lab.server().name()});
            for (auto& table : firewall::parse_iptables_save(saved, family).tables) {
                ruleset.tables.push_back(std::move(table));
            }
        }
        compare(lab, ruleset, random.attempts(), agreed);
    }
    say("iptables", agreed);
    CHECK(agreed.accepted > agreed.told / 10);
    CHECK(agreed.accepted < agreed.told - agreed.told / 10);
    CHECK(agreed.not_told == 0);
}
