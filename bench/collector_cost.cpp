// What it costs to be told of new flows and to keep them: fwlearn beside its peers and beside a loop that
// only receives, on the same traffic, in turn.
//   bench_collector_cost FWLEARN RECEIVE_ONLY PEERS [ROUNDS]
#include "command_line.hpp"
#include "figures.hpp"
#include "flow_storm.hpp"
#include "kinds_of_listeners.hpp"

#include <chrono>
#include <iostream>

using namespace fwlearn;
using namespace fwlearn::bench;

namespace {

/// Ten thousand a second is a server that is busier than any which asks for a whitelist, and what every
/// listener but ulogd keeps up with.
constexpr double steady_rate = 10'000;
constexpr std::uint64_t warming_flows = 100'000;
constexpr std::uint64_t steady_flows = 100'000;

struct Run {
    Made made;
    Listener::Cost cost;
};

/// The time is that until all was read, where that took notably longer than making it: receive buffers would
/// flatter who cannot follow.
Run run(const kernel_test::Lab& lab, FlowStorm& storm, const Kind& kind, std::uint64_t flows, double rate,
        const ShareOfACpu* share) {
    Listener listener(lab, kind, share);
    auto made = storm.make(flows, rate);
    const auto begin = std::chrono::steady_clock::now();
    listener.wait_until_read();
    constexpr double a_turn = 0.2; // for as long fwlearn leaves things, and the kernel may hold some back
    const std::chrono::duration<double> behind = std::chrono::steady_clock::now() - begin;
    made.seconds += std::max(behind.count() - a_turn, 0.0);
    return {made, listener.stop()};
}

/// The same of a listener that has listened to as many for as long as it keeps a flow: what it allocates and
/// looks up for the first time is its start. What it kept is of both.
Run steady_run(const kernel_test::Lab& lab, FlowStorm& storm, const Kind& kind) {
    Listener listener(lab, kind);
    auto made = storm.make(warming_flows, steady_rate);
    listener.begin_to_count();
    const auto counted = storm.make(steady_flows, steady_rate);
    made.flows += counted.flows;
    made.seconds += counted.seconds;
    return {made, listener.stop()};
}

constexpr double million = 1e6;

/// The most flows a second of which none is lost: doubled until some are, then between the last two; and how
/// many a second it really were.
double most_without_loss(const kernel_test::Lab& lab, FlowStorm& storm, const Kind& kind,
                         const ShareOfACpu* share) {
    double best = 0;
    const auto loses = [&](double rate) {
        constexpr double seconds = 3;
        try {
            const auto one = run(lab, storm, kind, static_cast<std::uint64_t>(rate * seconds), rate, share);
            const bool lost = one.cost.kept < one.made.flows;
            std::cerr << kind.name << ": " << one.made.rate() << " of " << rate << " a second, kept "
                      << one.cost.kept << " of " << one.made.flows << '\n';
            if (!lost) {
                best = std::max(best, one.made.rate());
            }
            return lost || one.made.rate() < 0.9 * rate; // or nobody can send, or follow, as much
        } catch (const CannotSend&) {
            return true;
        }
    };
    constexpr double least = 250;
    constexpr double most = 512'000;
    double rate = least;
    while (rate < most && !loses(rate)) {
        rate *= 2;
    }
    double low = rate / 2;
    constexpr int halvings = 3;
    for (int step = 0; step < halvings; ++step) {
        const double middle = (low + rate) / 2;
        (loses(middle) ? rate : low) = middle;
    }
    return best;
}

using ByKind = std::map<std::string, std::vector<double>>;

/// Of the first two kinds, which are fwlearn's, to each of the others.
void add_ratios(Figures& figures, const std::vector<Kind>& kinds, const std::string& what, ByKind& values) {
    for (const auto& mine : {kinds[0].name, kinds[1].name}) {
        for (std::size_t other = 2; other < kinds.size(); ++other) {
            const auto& name = kinds[other].name;
            std::vector<double> ratios;
            for (std::size_t round = 0; round < values[name].size(); ++round) {
                ratios.push_back(values[mine][round] / values[name][round]);
            }
            figures.add(mine + ": " + what + ", to that of " + name, ratios, "ratio");
        }
    }
}

void measure_steady(const kernel_test::Lab& lab, FlowStorm& storm, const std::vector<Kind>& kinds,
                    std::uint64_t rounds, Figures& figures) {
    ByKind cost, kept;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        for (const auto& kind : kinds) {
            const auto one = steady_run(lab, storm, kind);
            // Of those that it kept: what is lost costs nothing.
            const double counted = static_cast<double>(std::max<std::uint64_t>(one.cost.kept, 1)) *
                                   static_cast<double>(steady_flows) / static_cast<double>(one.made.flows);
            cost[kind.name].push_back(one.cost.processor_seconds * million / counted);
            kept[kind.name].push_back(static_cast<double>(one.cost.kept) /
                                      static_cast<double>(one.made.flows));
            std::cerr << "round " << round << ": " << kind.name << " " << cost[kind.name].back()
                      << " s, kept " << kept[kind.name].back() << " at " << one.made.rate() << "/s\n";
        }
    }
    for (const auto& kind : kinds) {
        figures.add(kind.name + ": processor time of a million flows at 10,000 a second", cost[kind.name],
                    "s");
        figures.add(kind.name + ": kept at 10,000 a second", kept[kind.name], "of 1");
    }
    add_ratios(figures, kinds, "processor time", cost);
}

/// `what`: of which share, for the figures' names.
void measure_most(const kernel_test::Lab& lab, FlowStorm& storm, const std::vector<Kind>& kinds,
                  std::uint64_t rounds, const std::string& what, const ShareOfACpu* share, Figures& figures) {
    ByKind most;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        for (const auto& kind : kinds) {
            most[kind.name].push_back(most_without_loss(lab, storm, kind, share));
            std::cerr << "round " << round << ": " << kind.name << " " << most[kind.name].back()
                      << " a second\n";
        }
    }
    for (const auto& kind : kinds) {
        figures.add(kind.name + ": most new flows " + what, most[kind.name], "1/s");
    }
    add_ratios(figures, kinds, "most " + what, most);
}

void measure(const std::vector<Kind>& kinds, std::uint64_t rounds) {
    const kernel_test::Lab lab;
    FlowStorm storm(lab);
    Figures figures("collector");
    measure_steady(lab, storm, kinds, rounds, figures);
    figures.write(); // the rest takes much longer
    measure_most(lab, storm, kinds, (rounds + 2) / 3, "without loss", nullptr, figures);
    figures.write();
    const ShareOfACpu share;
    measure_most(lab, storm, kinds, (rounds + 2) / 3, "without loss, by a tenth of a CPU", &share, figures);
    figures.write();
}

} // namespace

int main(int argc, char** argv) {
    return run({"bench_collector_cost", {"FWLEARN", "RECEIVE_ONLY", "PEERS"}, "ROUNDS", 3}, argc, argv,
               [](const auto& paths, std::uint64_t rounds) {
                   const Programs programs{paths[0], paths[1], paths[2]};
                   const kernel_test::TemporaryDirectory work;
                   measure({fwlearn_kind(programs, work.path(), "bpf"),
                            fwlearn_kind(programs, work.path(), "none"),
                            receive_only_kind(programs, work.path(), false),
                            receive_only_kind(programs, work.path(), true), pmacct_kind(programs),
                            ulogd_kind(programs), ulogd_conntrack_kind(programs), conntrack_kind(programs)},
                           rounds);
               });
}
