// What the observed machine pays: how many new flows it can make while fwlearn watches, beside the same with
// a log rule that nobody listens to, and without any rule.
//   bench_observed_cost FWLEARN [ROUNDS]
#include "command_line.hpp"
#include "figures.hpp"
#include "flow_storm.hpp"
#include "kinds_of_listeners.hpp"
#include "paired.hpp"
#include "sink.hpp"

#include <ground/endpoint.hpp>
#include <ground/failure.hpp>
#include <ground/process.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <chrono>

using namespace fwlearn;
using namespace fwlearn::bench;
using kernel_test::Fd;
using kernel_test::Lab;
using kernel_test::must;

namespace {

constexpr std::uint64_t flows = 150'000;
constexpr unsigned connections = 20'000;

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

/// `rate` without a rule, with one that nobody listens to, and with fwlearn observing, in turn.
void compare(const std::string& what, const Lab& lab, const Kind& fwlearn, std::uint64_t rounds,
             const std::function<double()>& rate, Figures& figures) {
    std::vector<double> nothing, rule, observed, to_rule, to_nothing;
    rate(); // once for nothing: neighbours, caches
    for (std::uint64_t round = 0; round < rounds; ++round) {
        nothing.push_back(rate());
        kernel_test::must_run({"nft", "-f", "-"}, {.netns = lab.server().name(), .input = log_rule});
        rule.push_back(rate());
        kernel_test::must_run({"nft", "delete", "table", "inet", "bench"}, {.netns = lab.server().name()});
        {
            Listener listener(lab, fwlearn);
            observed.push_back(rate());
            listener.stop();
        }
        to_rule.push_back(observed.back() / rule.back());
        to_nothing.push_back(observed.back() / nothing.back());
    }
    figures.add(what + ", no rule", nothing, "1/s");
    figures.add(what + ", a log rule that nobody listens to", rule, "1/s");
    figures.add(what + ", fwlearn observing", observed, "1/s");
    figures.add(what + ": fwlearn observing, to the rule alone", to_rule, "ratio");
    figures.add(what + ": fwlearn observing, to no rule", to_nothing, "ratio");
}

void measure(const std::filesystem::path& program, std::uint64_t rounds) {
    const kernel_test::TemporaryDirectory work;
    const auto fwlearn = fwlearn_kind({program, {}, {}}, work.path(), "bpf");
    Figures figures("observed");
    {
        const Lab lab;
        const Sink sink(lab);
        compare(
            "TCP connections made and closed", lab, fwlearn, rounds,
            [&lab] { return connect_and_close(lab); }, figures);
    }
    {
        const Lab lab;
        FlowStorm storm(lab);
        compare(
            "new UDP flows", lab, fwlearn, rounds, [&storm] { return storm.make(flows, 0).rate(); }, figures);
    }
    figures.write();
}

} // namespace

int main(int argc, char** argv) {
    return run({"bench_observed_cost", {"FWLEARN"}, "ROUNDS", 9}, argc, argv,
               [](const auto& paths, std::uint64_t rounds) { measure(paths[0], rounds); });
}
