// What the generated whitelist costs a new flow, and how long it takes to load: 10, 1,000 and 100,000
// entries, of fifty users and a hundred rules, beside no rules at all. The flows that are sent are among the
// entries.
//   bench_rules_cost [ROUNDS]
#include "command_cost.hpp"
#include "figures.hpp"
#include "flow_storm.hpp"

#include <analyzer/render/nft.hpp>

#include <ground/process.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iostream>

using namespace fwlearn;
using namespace fwlearn::bench;
using kernel_test::Lab;

namespace {

constexpr std::uint64_t flows = 150'000;

model::Rule rule(std::uint32_t uid, std::uint16_t first_port, std::vector<model::Prefix> addresses) {
    model::Rule result;
    model::Selector selector;
    selector.kind = model::SelectorKind::uid;
    selector.uid = uid;
    constexpr std::size_t digits = 12;
    const auto number = std::to_string(uid) + std::to_string(first_port);
    result.id = std::string(digits - number.size(), '0') + number;
    result.selectors = {selector};
    result.protocol = model::protocol::udp;
    result.details = {model::DetailRange(first_port),
                      model::DetailRange(static_cast<std::uint16_t>(first_port + 1))};
    std::sort(addresses.begin(), addresses.end());
    result.addresses = std::move(addresses);
    return result;
}

/// The storm's user may reach the storm's networks (one rule, two prefixes); the others are a hundred rules
/// at most, of fifty users.
model::Whitelist whitelist(unsigned entries) {
    model::Whitelist result;
    result.rules.push_back(
        rule(FlowStorm::user, 5000,
             {*model::Prefix::parse("198.51.100.0/24"), *model::Prefix::parse("203.0.113.0/24")}));
    constexpr unsigned most_rules = 100;
    const unsigned others = entries - 2;
    const unsigned rules = std::min(most_rules, others);
    for (unsigned number = 0; number < rules; ++number) {
        std::vector<model::Prefix> addresses;
        for (unsigned index = number; index < others; index += rules) {
            // Every other address, so that no two make one prefix.
            addresses.emplace_back(model::Address::v4(0x0a000000U + 2 * index), 32);
        }
        result.rules.push_back(rule(1000 + number % 50, static_cast<std::uint16_t>(6000 + 2 * (number / 50)),
                                    std::move(addresses)));
    }
    return result;
}

} // namespace

int main(int argc, char** argv) {
    unsigned rounds = 9;
    if (argc > 2 ||
        (argc == 2 && std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), rounds).ec != std::errc{}) ||
        rounds == 0) {
        std::cerr << "usage: bench_rules_cost [ROUNDS]\n";
        return 2;
    }
    try {
        constexpr std::array<unsigned, 3> sizes{10, 1'000, 100'000};
        const Lab lab;
        FlowStorm storm(lab);
        const auto nanoseconds = [&storm] { return 1e9 / storm.make(flows, 0).rate(); };
        nanoseconds(); // once for nothing: neighbours, caches
        std::vector<double> nothing;
        std::array<std::vector<double>, sizes.size()> with, loaded, to_smallest;
        for (unsigned round = 0; round < rounds; ++round) {
            nothing.push_back(nanoseconds());
            for (std::size_t size = 0; size < sizes.size(); ++size) {
                const auto text = analyzer::render_nft(whitelist(sizes.at(size)));
                const auto begin = Clock::now();
                kernel_test::must_run({"nft", "-f", "-"}, {.netns = lab.server().name(), .input = text});
                loaded.at(size).push_back(seconds_since(begin));
                with.at(size).push_back(nanoseconds());
                to_smallest.at(size).push_back(with.at(size).back() / with.at(0).back());
                kernel_test::must_run({"nft", "flush", "ruleset"}, {.netns = lab.server().name()});
            }
        }
        Figures figures("rules");
        figures.add("a new UDP flow, no rules", nothing, "ns");
        for (std::size_t size = 0; size < sizes.size(); ++size) {
            const auto entries = std::to_string(sizes.at(size)) + " entries";
            figures.add("a new UDP flow, " + entries, with.at(size), "ns");
            figures.add("a new UDP flow, " + entries + ", to 10 entries", to_smallest.at(size), "ratio");
            figures.add("loading " + entries, loaded.at(size), "s");
        }
        figures.write();
    } catch (const std::exception& error) {
        std::cerr << "bench_rules_cost: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
