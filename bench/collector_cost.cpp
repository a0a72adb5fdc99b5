// What it costs to be told of new flows and to keep them: fwlearn beside its peers and beside a loop that
// only receives, on the same traffic, in turn.
//   bench_collector_cost FWLEARN RECEIVE_ONLY PEERS [ROUNDS]
#include "command_line.hpp"
#include "figures.hpp"
#include "flow_storm.hpp"
#include "kinds_of_listeners.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <set>

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
    double behind = 0; ///< seconds, until all was read that had been made

    /// A second, until all was read: receive buffers would flatter who cannot follow.
    [[nodiscard]] double rate() const { return static_cast<double>(made.flows) / (made.seconds + behind); }
};

Run run(const kernel_test::Lab& lab, FlowStorm& storm, const Kind& kind, std::uint64_t flows, double rate,
        const ShareOfACpu* share) {
    Listener listener(lab, kind, share);
    const auto made = storm.make(flows, rate);
    const auto begin = std::chrono::steady_clock::now();
    listener.wait_until_read();
    constexpr double a_turn = 0.2; // for as long fwlearn leaves things, and the kernel may hold some back
    const std::chrono::duration<double> behind = std::chrono::steady_clock::now() - begin;
    return {made, listener.stop(), std::max(behind.count() - a_turn, 0.0)};
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

/// How a rate went.
struct Try {
    double rate = 0; ///< that it really was
    bool lost = false;
    bool slow = false;     ///< much slower than asked
    bool by_maker = false; ///< because more could not be made: all was read as fast as that
};

Try try_rate(const kernel_test::Lab& lab, FlowStorm& storm, const Kind& kind, std::uint64_t flows,
             double rate, const ShareOfACpu* share) {
    const auto one = run(lab, storm, kind, flows, rate, share);
    std::cerr << kind.name << ": " << one.rate() << " of " << rate << " a second, kept " << one.cost.kept
              << " of " << one.made.flows << ", " << one.behind << " s behind\n";
    constexpr double nearly = 0.9;
    const bool slow = one.rate() < nearly * rate;
    return {one.rate(), one.cost.kept < one.made.flows, slow, slow && one.rate() >= nearly * one.made.rate()};
}

struct Most {
    double rate = 0;
    bool by_maker = false; ///< more could not be made, and of what was made nothing was lost
};

/// The most flows a second of which none is lost: doubled until some are, or nobody can make or follow as
/// many, then between the last two; and how many a second it really were. `least`: it can follow that.
Most most_without_loss(const kernel_test::Lab& lab, FlowStorm& storm, const Kind& kind, double least,
                       const ShareOfACpu* share) {
    Most most;
    const auto follows = [&](double rate) {
        constexpr double seconds = 3;
        try {
            const auto one =
                try_rate(lab, storm, kind, static_cast<std::uint64_t>(rate * seconds), rate, share);
            most.by_maker = one.by_maker && !one.lost;
            most.rate = one.lost ? most.rate : std::max(most.rate, one.rate);
            return !one.lost && !one.slow;
        } catch (const CannotSend&) {
            return false;
        }
    };
    constexpr double greatest = 512'000;
    double rate = least;
    while (rate < greatest &&
           (follows(rate) || follows(rate))) { // once more: the machine may have stood still
        rate *= 2;
    }
    if (most.by_maker) {
        return most;
    }
    double low = rate / 2;
    constexpr int halvings = 3;
    for (int step = 0; step < halvings; ++step) {
        const double middle = (low + rate) / 2;
        (follows(middle) ? low : rate) = middle;
    }
    most.by_maker = false; // more was made before, and not followed
    return most;
}

using ByKind = std::map<std::string, std::vector<double>>;

/// Of the first two kinds, which are fwlearn's, to each of the others. What is 0 was not to be had.
void add_ratios(Figures& figures, const std::vector<Kind>& kinds, const std::string& what, ByKind& values) {
    for (const auto& mine : {kinds[0].name, kinds[1].name}) {
        for (std::size_t other = 2; other < kinds.size(); ++other) {
            const auto& name = kinds[other].name;
            const auto& own = values[mine];
            const auto& its = values[name]; // of one round alone where it was not measured in turn
            std::vector<double> ratios;
            for (std::size_t round = 0; round < std::max(its.size(), own.size()); ++round) {
                const double one = own[round % own.size()];
                const double other_one = its[round % its.size()];
                if (one > 0 && other_one > 0) {
                    ratios.push_back(one / other_one);
                }
            }
            if (!ratios.empty()) {
                figures.add(mine + ": " + what + ", to that of " + name, ratios, "ratio");
            }
        }
    }
}

/// Those that kept all of it.
std::set<std::string> measure_steady(const kernel_test::Lab& lab, FlowStorm& storm,
                                     const std::vector<Kind>& kinds, std::uint64_t rounds, Figures& figures) {
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
    std::set<std::string> followed;
    for (const auto& [name, shares] : kept) {
        constexpr double nearly_all = 0.99;
        if (std::ranges::all_of(shares, [](double share) { return share > nearly_all; })) {
            followed.insert(name);
        }
    }
    return followed;
}

/// Of kinds that lose nothing however many are made: what was found last is how fast the machine was just
/// then. So they are compared in turn, each first as often as last, while flows are made as fast as can be.
void compare_at_full_speed(const kernel_test::Lab& lab, FlowStorm& storm, std::vector<Kind> kinds,
                           const ShareOfACpu* share, ByKind& most) {
    constexpr std::size_t turns = 16;
    constexpr std::uint64_t flows = 500'000; // some three seconds
    // 0 where some were lost, or could not be sent: conntrack collects what has expired when it pleases, and
    // its table may be full before.
    const auto rate_of = [&](const Kind& kind) {
        try {
            const auto one = try_rate(lab, storm, kind, flows, 0, share);
            return one.lost ? 0 : one.rate;
        } catch (const CannotSend& error) {
            std::cerr << kind.name << ": " << error.what() << '\n';
            return 0.0;
        }
    };
    ByKind rates;
    for (std::size_t turn = 0; turn < turns; ++turn) {
        for (const auto& kind : kinds) {
            rates[kind.name].push_back(rate_of(kind));
        }
        std::rotate(kinds.begin(), kinds.begin() + 1, kinds.end());
    }
    for (auto& [name, its] : rates) {
        if (std::ranges::count(its, 0.0) < static_cast<std::ptrdiff_t>(turns / 2)) {
            most[name] = std::move(its); // else what was found before
        }
    }
}

void measure_most(const kernel_test::Lab& lab, FlowStorm& storm, const std::vector<Kind>& kinds,
                  const std::set<std::string>& followed, const ShareOfACpu* share, Figures& figures) {
    ByKind most;
    std::vector<Kind> by_maker;
    for (const auto& kind : kinds) {
        // What followed the steady rate is asked for no less than a fifth of it, also by a tenth of a CPU.
        const double least = followed.contains(kind.name) ? steady_rate / 5 : 30;
        const auto found = most_without_loss(lab, storm, kind, least, share);
        most[kind.name].push_back(found.rate);
        std::cerr << kind.name << " " << found.rate << " a second\n";
        if (found.by_maker) {
            by_maker.push_back(kind);
        }
    }
    compare_at_full_speed(lab, storm, by_maker, share, most);
    const std::string what = share == nullptr ? "without loss" : "without loss, by a tenth of a CPU";
    for (const auto& kind : kinds) {
        auto rates = most[kind.name];
        std::erase(rates, 0.0);
        if (!rates.empty()) {
            figures.add(kind.name + ": most new flows " + what, rates, "1/s");
        }
    }
    add_ratios(figures, kinds, "most " + what, most);
}

void measure(const std::vector<Kind>& kinds, std::uint64_t rounds) {
    const kernel_test::Lab lab;
    FlowStorm storm(lab);
    Figures figures("collector");
    const auto followed = measure_steady(lab, storm, kinds, rounds, figures);
    figures.write(); // the rest takes much longer
    measure_most(lab, storm, kinds, followed, nullptr, figures);
    figures.write();
    const ShareOfACpu share;
    measure_most(lab, storm, kinds, followed, &share, figures);
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
