// What the generated whitelist costs a new flow, and how long it takes to load: 10, 1,000 and 100,000
// entries, of fifty users and a hundred rules, beside no rules at all; and what a refresh of one more rule's
// name takes. The flows that are sent are among the entries.
//   bench_rules_cost [ROUNDS]
#include "command_cost.hpp"
#include "command_line.hpp"
#include "figures.hpp"
#include "flow_storm.hpp"

#include <analyzer/render/nft.hpp>
#include <collector/conntrack.hpp>
#include <firewall/name_sets.hpp>

#include <ground/process.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

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

constexpr std::array<unsigned, 3> sizes{10, 1'000, 100'000};

/// What `fwlearn refresh` asks of kernel and nft for one name, but for DNS (cli/refresh.cpp): the sets as
/// they are, the connections that are open, and the name's addresses, half of which are there already.
class Refresh {
  public:
    explicit Refresh(const Lab& lab) : inside_(lab.server()) {}

    void once() {
        const auto begin = Clock::now();
        const auto sets = firewall::read_name_sets();
        read_.push_back(milliseconds_since(begin));
        if (sets.size() != 2) { // one of each IP version
            throw std::runtime_error("the whitelist's only name has " + std::to_string(sets.size()) +
                                     " sets");
        }
        const auto before_conntrack = Clock::now();
        std::set<model::Address> in_use;
        collector::dump_conntrack([&in_use](const collector::ConntrackEntry& entry) {
            in_use.insert(entry.tuple.destination.address);
        });
        conntrack_.push_back(milliseconds_since(before_conntrack));
        const auto before_filling = Clock::now();
        constexpr unsigned of_an_answer = 8;
        ++turn_;
        std::vector<model::Address> addresses;
        for (unsigned number = 0; number < of_an_answer; ++number) {
            addresses.push_back(model::Address::v4(0xc6120000U + turn_ * of_an_answer / 2 + number));
        }
        firewall::fill({{sets.front(), addresses}, {sets.back(), addresses}});
        fill_.push_back(milliseconds_since(before_filling));
        all_.push_back(milliseconds_since(begin));
    }

    void add_to(Figures& figures, const std::string& entries) const {
        figures.add("refresh of one name, " + entries, all_, "ms");
        figures.add("refresh of one name, " + entries + ": reading the sets", read_, "ms");
        figures.add("refresh of one name, " + entries + ": reading conntrack", conntrack_, "ms");
        figures.add("refresh of one name, " + entries + ": filling its set", fill_, "ms");
    }

  private:
    static double milliseconds_since(Clock::time_point begin) { return 1e3 * seconds_since(begin); }

    kernel_test::Inside inside_;
    unsigned turn_ = 0;
    std::vector<double> read_, conntrack_, fill_, all_;
};

model::Whitelist with_a_name(model::Whitelist whitelist) {
    auto by_name = rule(FlowStorm::user, 443, {});
    by_name.by_name.push_back(
        {model::ForeignText("cdn.example.org"), {model::Address::v4(0xc6120000U)}, 300, false});
    whitelist.rules.push_back(std::move(by_name));
    return whitelist;
}

/// Loads it, and says how many seconds nft took.
double load(const Lab& lab, const model::Whitelist& whitelist) {
    const auto text = analyzer::render_nft(whitelist);
    const auto begin = Clock::now();
    kernel_test::must_run({"nft", "-f", "-"}, {.netns = lab.server().name(), .input = text});
    return seconds_since(begin);
}

void unload(const Lab& lab) {
    kernel_test::must_run({"nft", "flush", "ruleset"}, {.netns = lab.server().name()});
}

void measure_flows(std::uint64_t rounds, Figures& figures) {
    const Lab lab;
    FlowStorm storm(lab);
    const auto nanoseconds = [&storm] { return 1e9 / storm.make(flows, 0).rate(); };
    nanoseconds(); // once for nothing: neighbours, caches
    std::vector<double> nothing;
    std::array<std::vector<double>, sizes.size()> with, loaded, to_smallest;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        nothing.push_back(nanoseconds());
        for (std::size_t size = 0; size < sizes.size(); ++size) {
            loaded.at(size).push_back(load(lab, whitelist(sizes.at(size))));
            with.at(size).push_back(nanoseconds());
            to_smallest.at(size).push_back(with.at(size).back() / with.at(0).back());
            unload(lab);
        }
    }
    figures.add("a new UDP flow, no rules", nothing, "ns");
    for (std::size_t size = 0; size < sizes.size(); ++size) {
        const auto entries = std::to_string(sizes.at(size)) + " entries";
        figures.add("a new UDP flow, " + entries, with.at(size), "ns");
        figures.add("a new UDP flow, " + entries + ", to 10 entries", to_smallest.at(size), "ratio");
        figures.add("loading " + entries, loaded.at(size), "s");
    }
}

void measure_refresh(std::uint64_t rounds, Figures& figures) {
    constexpr unsigned refreshes_of_a_round = 5;
    for (const auto size : sizes) {
        const Lab lab;
        load(lab, with_a_name(whitelist(size)));
        Refresh refresh(lab);
        for (std::uint64_t turn = 0; turn < rounds * refreshes_of_a_round; ++turn) {
            refresh.once();
        }
        refresh.add_to(figures, std::to_string(size) + " entries");
    }
}

} // namespace

int main(int argc, char** argv) {
    return run({"bench_rules_cost", {}, "ROUNDS", 9}, argc, argv, [](const auto&, std::uint64_t rounds) {
        Figures figures("rules");
        // First, because who reads conntrack has the kernel walk past the flows of all namespaces, and those
        // of the storm are among them for some time after its own has gone.
        measure_refresh(rounds, figures);
        measure_flows(rounds, figures);
        figures.write();
    });
}
