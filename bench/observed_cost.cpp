// What the observed machine pays: how many new flows it can make while fwlearn watches, beside the same
// without any rule, with a log rule that nobody listens to, with fwlearn's rules and a loop that only
// receives, and with all of fwlearn but that its BPF programs do nothing.
//   bench_observed_cost FWLEARN RECEIVE_ONLY [ROUNDS]
#include "command_line.hpp"
#include "figures.hpp"
#include "flow_storm.hpp"
#include "kinds_of_listeners.hpp"
#include "paired.hpp"
#include "programs_that_do_nothing.hpp"
#include "sink.hpp"
#include "two_cgroups.hpp"

#include <ground/conntrack.hpp>
#include <ground/endpoint.hpp>
#include <ground/failure.hpp>
#include <ground/process.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <span>

using namespace fwlearn;
using namespace fwlearn::bench;
using kernel_test::Fd;
using kernel_test::Lab;
using kernel_test::must;

namespace {

/// A few tenths of a second each.
constexpr std::uint64_t flows = 60'000;
constexpr unsigned connections = 6'000;

constexpr const char* log_rule =
    "table inet bench {\nchain output {\ntype filter hook output priority mangle;\n"
    "oifname \"lo\" return\nct state new log group 97 snaplen 128\n}\n}\n";

/// TCP connections, one after the other: made, and ended by a reset, which leaves no TIME_WAIT. How many a
/// second. From a process of its own, so that this one keeps no socket and no namespace.
double connect_and_close(const Lab& lab) {
    std::array<int, 2> ends{};
    must(pipe(ends.data()), "pipe");
    const Fd from(ends[0]);
    const Fd to(ends[1]);
    const int pid = must(fork(), "fork");
    if (pid == 0) {
        try {
            const kernel_test::Inside inside(lab.server());
            stay_on(0);
            const auto begin = std::chrono::steady_clock::now();
            for (unsigned index = 0; index < connections; ++index) {
                const auto place = kernel_test::endpoint(
                    Lab::internet_address(model::Family::ipv4, index % 512), Sink::port);
                const Fd socket(must(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
                const linger reset{1, 0};
                setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
                must(connect(socket.get(), place.get(), place.size), "connect");
            }
            const double rate =
                connections / std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
            if (write(to.get(), &rate, sizeof rate) != sizeof rate) {
                _exit(1);
            }
        } catch (const std::exception&) {
            _exit(1);
        }
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    double rate = 0;
    if (status != 0 || read(from.get(), &rate, sizeof rate) != sizeof rate) {
        throw std::runtime_error("the connections could not be made");
    }
    return rate;
}

/// One way to be watched, in a lab of its own, for as long as the object lives.
struct Way {
    std::string name;
    const kernel_test::Lab& lab;
    const Cgroup& cgroup; ///< of who makes the flows
    std::unique_ptr<Listener> listener;
    std::function<double()> rate;
    std::vector<double> rates;

    void measure() {
        cgroup.enter();
        kernel_test::forget_connections(lab);
        rates.push_back(rate());
        if (listener) {
            listener->wait_until_read(); // else the next pays for it
        }
    }
};

/// Labs side by side, so that what is compared is a second apart at most.
struct Labs {
    Lab no_rule, rule, received, called, observed;
};

/// How fast flows are made in each lab, in turn, and each of them first as often as last.
void compare(const std::string& what, std::vector<Way>& ways, std::uint64_t rounds, Figures& figures) {
    for (auto& way : ways) {
        way.rate(); // once for nothing: neighbours, caches
    }
    for (std::uint64_t round = 0; round < rounds; ++round) {
        for (std::size_t turn = 0; turn < ways.size(); ++turn) {
            ways[(round + turn) % ways.size()].measure();
        }
    }
    for (const auto& way : ways) {
        figures.add(what + ", " + way.name, way.rates, "1/s");
    }
    const auto add_ratio = [&](const Way& one, const Way& other) {
        std::vector<double> ratios;
        for (std::uint64_t round = 0; round < rounds; ++round) {
            ratios.push_back(one.rates[round] / other.rates[round]);
        }
        figures.add(what + ": " + one.name + ", to " + other.name, ratios, "ratio");
    };
    const auto others = std::span(ways).first(ways.size() - 1);
    for (const auto& other : others) {
        add_ratio(ways.back(), other);
    }
    for (const auto& other : others.subspan(2)) { // how much of it could be had
        add_ratio(other, ways[1]);
    }
}

/// `rate` makes flows in a lab, and says how many a second.
void measure(const std::string& what, const Programs& programs, const std::filesystem::path& work,
             const std::function<std::function<double()>(const Lab&)>& rate, std::uint64_t rounds,
             Figures& figures) {
    const Cgroup called(collector::process::cgroup2_root("/proc/self/mountinfo"), "called");
    const ProgramsThatDoNothing nothing(called.path());
    const TwoCgroups cgroups;
    const Labs labs;
    const auto fwlearn = fwlearn_kind(programs, work, "bpf");
    const auto receive_only = receive_only_kind(programs, work, false);
    const auto other_work = work / "without";
    std::filesystem::create_directory(other_work);
    const auto without_attribution = fwlearn_kind(programs, other_work, "none");
    kernel_test::must_run({"nft", "-f", "-"}, {.netns = labs.rule.server().name(), .input = log_rule});
    std::vector<Way> ways;
    ways.push_back({"no rule", labs.no_rule, cgroups.without, {}, rate(labs.no_rule), {}});
    ways.push_back(
        {"a log rule that nobody listens to", labs.rule, cgroups.without, {}, rate(labs.rule), {}});
    ways.push_back(
        {"a loop that only receives", labs.received, cgroups.without, {}, rate(labs.received), {}});
    ways.back().listener = std::make_unique<Listener>(labs.received, receive_only);
    ways.push_back({"fwlearn with programs that do nothing", labs.called, called, {}, rate(labs.called), {}});
    ways.back().listener = std::make_unique<Listener>(labs.called, without_attribution);
    ways.push_back({"fwlearn observing", labs.observed, cgroups.with, {}, rate(labs.observed), {}});
    ways.back().listener = std::make_unique<Listener>(labs.observed, fwlearn);
    compare(what, ways, rounds, figures);
}

void measure(const Programs& programs, std::uint64_t rounds) {
    const kernel_test::TemporaryDirectory work;
    Figures figures("observed");
    std::deque<Sink> sinks;
    measure(
        "TCP connections made and closed", programs, work.path(),
        [&sinks](const Lab& lab) {
            sinks.emplace_back(lab);
            return [&lab] { return connect_and_close(lab); };
        },
        rounds, figures);
    std::deque<FlowStorm> storms;
    measure(
        "new UDP flows", programs, work.path(),
        [&storms](const Lab& lab) {
            auto& storm = storms.emplace_back(lab);
            return [&storm] { return storm.make(flows, 0).rate(); };
        },
        rounds, figures);
    figures.write();
}

} // namespace

int main(int argc, char** argv) {
    return run({"bench_observed_cost", {"FWLEARN", "RECEIVE_ONLY"}, "ROUNDS", 240}, argc, argv,
               [](const auto& paths, std::uint64_t rounds) {
                   measure({paths[0], paths[1], {}}, rounds);
               });
}
