// Do the outputs for nft and for iptables and ip6tables mean the same, in a real kernel, and is it what the
// checker says? Is every output taken by the tool that it is for, without a word?
#include "ground/kernel_verdicts.hpp"
#include "ground/neighbours.hpp"
#include "ground/process.hpp"

#include <analyzer/render/iptables.hpp>
#include <analyzer/render/nft.hpp>
#include <analyzer/verdict.hpp>

#include <corpus.hpp>
#include <doctest/doctest.h>

#include <algorithm>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

constexpr std::size_t neighbours_each = 20;

bool all_of_it() {
    const char* const full = std::getenv("FWLEARN_FULL");
    return full != nullptr && std::string_view(full) == "1";
}

/// 500 random ones and 50 made by hand; of the random ones a tenth, unless all is asked for.
std::vector<tests::Case> corpus() {
    auto cases = tests::hand_made_cases();
    for (unsigned seed = 0; seed < (all_of_it() ? 500U : 50U); ++seed) {
        cases.push_back(tests::random_case(seed));
    }
    return cases;
}

/// Nobody answers there: conntrack would take an answer's flow for established, and so would the next rules.
void silence(const Lab& lab) {
    const std::string rules = "table inet silence {\n"
                              "chain input {\n"
                              "type filter hook input priority -300; policy drop;\n"
                              "icmpv6 type 133-137 accept\n"
                              "}\n}\n";
    must_run({"nft", "-f", "-"}, {.netns = lab.internet().name(), .input = rules});
}

/// Runs a tool in the lab's server; its word on stderr is a failure too.
void take(const Lab& lab, const std::vector<std::string>& command, const std::string& input) {
    const auto result = run(command, {.netns = lab.server().name(), .input = input});
    if (result.status != 0 || !result.err.empty()) {
        throw std::runtime_error(command.front() + ": " + result.err + "\n" + input);
    }
}

void disagree(const tests::Case& one, const char* output, const Attempt& attempt, bool kernel,
              const analyzer::Verdict& checker) {
    FAIL_CHECK(one.name, ", ", std::string(output), ": uid ", attempt.owner.uid, " ",
               attempt.destination.service.to_string(), " ", attempt.destination.address.to_string(),
               ": the kernel says ", kernel, ", the checker ", checker.accepted, " (", checker.why, ")");
}

struct Agreed {
    std::size_t packets = 0;
    std::size_t accepted = 0;
};

void compare(const Lab& lab, const tests::Case& one, const char* output, const model::Whitelist& whitelist,
             std::span<const Attempt> attempts, Agreed& agreed) {
    const auto kernel = kernel_verdicts(lab, attempts);
    for (std::size_t index = 0; index < attempts.size(); ++index) {
        const auto& [owner, destination] = attempts[index];
        const auto expected = analyzer::verdict(whitelist, {owner, destination, {}});
        ++agreed.packets;
        agreed.accepted += kernel[index] ? 1 : 0;
        if (kernel[index] != expected.accepted) {
            disagree(one, output, attempts[index], kernel[index], expected);
        }
    }
}

/// What iptables can say of it: no units, and no ICMP type 255. Tells whether anything went.
bool restrict_to_iptables(model::Whitelist& whitelist) {
    std::size_t gone = 0;
    for (auto& rule : whitelist.rules) {
        gone += std::erase_if(
            rule.selectors, [](const auto& selector) { return selector.kind == model::SelectorKind::unit; });
        if (rule.protocol == model::protocol::icmp) {
            gone += std::erase_if(rule.details, [](const auto& range) { return range.first >> 8U == 255; });
        }
    }
    std::erase_if(whitelist.rules, [](const auto& rule) { return rule.selectors.empty(); });
    return gone > 0;
}

std::vector<Attempt> attempts_for(const tests::Case& one, unsigned seed) {
    std::vector<Attempt> admitted;
    for (const auto& packet : one.admitted) {
        admitted.push_back({packet.owner, packet.destination});
    }
    std::sort(admitted.begin(), admitted.end());
    admitted.erase(std::unique(admitted.begin(), admitted.end()), admitted.end());
    if (admitted.empty()) { // then for what nobody may: strangers
        admitted.push_back({model::SocketOwner::user(33, 33),
                            {model::Service::port(model::protocol::tcp, 443),
                             Lab::internet_address(model::Family::ipv4, 1)}});
    }
    auto attempts = neighbours_of(admitted, neighbours_each * admitted.size(), seed);
    attempts.insert(attempts.end(), admitted.begin(), admitted.end());
    return attempts;
}

} // namespace

TEST_CASE(
    "nft, iptables and the checker agree on what a whitelist admits, and on twenty neighbours of each") {
    Agreed nft;
    Agreed iptables;
    std::size_t cases = 0;
    std::size_t restricted = 0;
    for (const auto& one : corpus()) {
        CAPTURE(one.name);
        const auto attempts = attempts_for(one, static_cast<unsigned>(++cases));
        {
            const Lab lab;
            silence(lab);
            take(lab, {"nft", "-f", "-"}, analyzer::render_nft(one.whitelist));
            compare(lab, one, "nft", one.whitelist, attempts, nft);
        }
        const Lab lab;
        silence(lab);
        const auto ipv4 = analyzer::render_iptables(one.whitelist, model::Family::ipv4);
        const auto ipv6 = analyzer::render_iptables(one.whitelist, model::Family::ipv6);
        auto expressed = one.whitelist;
        const bool less = restrict_to_iptables(expressed);
        CHECK(ipv4.not_expressed.empty() != less);
        CHECK(ipv6.not_expressed == ipv4.not_expressed);
        restricted += less ? 1 : 0;
        take(lab, {"ipset", "-exist", "restore"}, analyzer::render_ipset(one.whitelist));
        take(lab, {"iptables-restore", "--noflush"}, ipv4.text);
        take(lab, {"ip6tables-restore", "--noflush"}, ipv6.text);
        compare(lab, one, "iptables", expressed, attempts, iptables);
    }
    MESSAGE(cases, " whitelists, ", restricted, " of which iptables cannot say all; nft: ", nft.packets,
            " packets, ", nft.accepted, " accepted; iptables: ", iptables.packets, ", ", iptables.accepted);
    CHECK(nft.accepted > cases);
    CHECK(iptables.accepted > cases);
    CHECK(restricted > 0);
}

TEST_CASE("every output is taken by its own tool without a word, loads again, and goes away") {
    const Lab lab;
    for (const auto& one : corpus()) {
        CAPTURE(one.name);
        const auto nft = analyzer::render_nft(one.whitelist);
        take(lab, {"nft", "-c", "-f", "-"}, nft);
        const auto sets = analyzer::render_ipset(one.whitelist);
        const auto ipv4 = analyzer::render_iptables(one.whitelist, model::Family::ipv4).text;
        const auto ipv6 = analyzer::render_iptables(one.whitelist, model::Family::ipv6).text;
        for (int time = 0; time < 2; ++time) {
            take(lab, {"ipset", "-exist", "restore"}, sets);
            take(lab, {"iptables-restore", "--noflush", "--test"}, ipv4);
            take(lab, {"ip6tables-restore", "--noflush", "--test"}, ipv6);
        }
    }
}
