// How good the estimate of what has not been seen is, on simulated servers (tests/property/simulated_server):
// of each shape, seed and day the truth, the estimate and its bound, as tab-separated lines.
// docs/plots/unseen-mass draws them; docs/coverage.md tells what they say.
//   bench_unseen_mass [FIRST_SEED LAST_SEED [SHAPE]]     (1 200, every shape)
#include "server_shapes.hpp"
#include "simulated_server.hpp"

#include <fmt/format.h>

#include <cstdlib>

int main(int argc, char** argv) {
    using namespace fwlearn;
    constexpr std::size_t last_day = 42;
    const std::uint64_t first = argc > 2 ? std::strtoull(argv[1], nullptr, 10) : 1;
    const std::uint64_t last = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 200;
    fmt::print("shape\tseed\tday\ttruth\testimate\tupper95\n");
    for (const auto& shape : tests::server_shapes()) {
        if (argc > 3 && shape.name != argv[3]) {
            continue;
        }
        for (std::uint64_t seed = first; seed <= last; ++seed) {
            const tests::SimulatedServer server(seed, shape, last_day);
            for (const std::size_t day : {5, 7, 10, 12, 14, 15, 18, 21, 24, 28, 35, 42}) {
                const auto mass = analyzer::unseen_mass(server.record(day), server.observed(day));
                if (mass.estimate) {
                    fmt::print("{}\t{}\t{}\t{:.6f}\t{:.6f}\t{:.6f}\n", shape.name, seed, day,
                               server.unseen_mass(day), *mass.estimate, *mass.upper95);
                }
            }
        }
    }
}
