// What fwlearn's verbs cost on records of 10^4, 10^5, 10^6 and, when it is asked for, 10^7 aggregated rows:
// time, processor time and peak memory of the whole command, beside only reading the same record, and the
// power of the rows with which the processor time grows between a size and the one before.
//   bench_analysis_cost FWLEARN [LARGEST]
// 10^7 rows need some 8 GB of memory, 4 GB of disk in TMPDIR and an hour.
#include "command_cost.hpp"
#include "command_line.hpp"
#include "figures.hpp"
#include "made_servers.hpp"

#include <sql/reader.hpp>

#include <ground/temporary.hpp>

#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <utility>

using namespace fwlearn;
using namespace fwlearn::bench;

namespace {

struct Verb {
    std::string name;
    std::vector<std::string> words;
    int status = 0;
};

struct Server {
    std::string name;
    std::function<void(const std::filesystem::path& database, std::size_t rows)> store;
    std::uint64_t largest = 0; ///< of which there is something to learn
    std::vector<Verb> verbs;
};

constexpr std::uint64_t no_limit = ~std::uint64_t{0};
constexpr std::uint64_t million = 1'000'000;

std::vector<Server> servers(const std::string& whitelist) {
    const std::vector<std::string> audit{"audit", "--since", "@0", "--against", whitelist};
    return {
        {"a busy week",
         store_busy_week,
         no_limit,
         {{"suggest", {"suggest", "-o", "nft"}},
          {"coverage", {"coverage"}, 1},
          {"status", {"status"}},
          {"metrics", {"status", "--prometheus"}}}},
        {"a year", store_year, no_limit, {{"backtest", {"backtest", "--json"}, 1}}},
        {"an admitted week",
         [](const auto& database, std::size_t rows) { store_admitted_week(database, rows, 100); },
         no_limit,
         {{"audit", audit, 1}}},
        // As many findings as rows: a report that nobody reads is what costs here, 2 GB for a million.
        {"a week of findings",
         [](const auto& database, std::size_t rows) { store_admitted_week(database, rows, 1); },
         million,
         {{"audit, all findings", audit, 1}}},
    };
}

/// What of one verb, or of reading, the figures are made of.
struct Costs {
    std::vector<double> seconds, own_seconds, kernel_seconds, both_seconds, megabytes;

    void add(const Cost& cost) {
        seconds.push_back(cost.seconds);
        own_seconds.push_back(cost.own_seconds);
        kernel_seconds.push_back(cost.kernel_seconds);
        both_seconds.push_back(cost.own_seconds + cost.kernel_seconds);
        megabytes.push_back(cost.megabytes);
    }
};

constexpr unsigned rounds = 3;

class Measuring {
  public:
    Measuring(std::string fwlearn, std::uint64_t largest) : fwlearn_(std::move(fwlearn)), largest_(largest) {}

    void measure() {
        const auto whitelist = directory_.path() / "whitelist.json";
        std::ofstream(whitelist) << admitting_whitelist();
        for (const auto& server : servers(whitelist.string())) {
            constexpr std::uint64_t smallest = 10'000;
            for (auto rows = smallest; rows <= std::min(largest_, server.largest); rows *= 10) {
                measure(server, rows);
            }
        }
        if (failures_ > 0) {
            throw std::runtime_error(std::to_string(failures_) +
                                     " runs failed; the figures are of the others");
        }
    }

  private:
    void measure(const Server& server, std::uint64_t rows) {
        const auto database = directory_.path() / "flows.db";
        in_child([&] { server.store(database, rows); });
        Costs reading;
        std::vector<Costs> of_verbs(server.verbs.size());
        for (unsigned round = 0; round < rounds; ++round) {
            reading.add(in_child([&] {
                if (sql::Reader(database).read().flows.empty()) {
                    throw std::runtime_error("the record is empty");
                }
            }));
            for (std::size_t index = 0; index < server.verbs.size(); ++index) {
                std::vector<std::string> command{fwlearn_, "--db", database.string()};
                const auto& verb = server.verbs[index];
                command.insert(command.end(), verb.words.begin(), verb.words.end());
                try {
                    of_verbs[index].add(cost_of(command, verb.status));
                } catch (const std::runtime_error& error) {
                    std::cerr << "bench_analysis_cost: " << error.what() << '\n';
                    ++failures_;
                }
            }
        }
        add("reading " + server.name, rows, reading);
        for (std::size_t index = 0; index < server.verbs.size(); ++index) {
            if (!of_verbs[index].seconds.empty()) {
                add(server.verbs[index].name, rows, of_verbs[index]);
            }
        }
        figures_.write(); // what comes next takes longer, and may fail
        for (const char* const suffix : {"", "-wal", "-shm", ".reserve", ".lock"}) {
            std::filesystem::remove(database.string() + suffix);
        }
    }

    void add(const std::string& name, std::uint64_t rows, const Costs& costs) {
        const auto of = name + ", " + std::to_string(rows) + " rows: ";
        figures_.add(of + "time", costs.seconds, "s");
        const auto own = figures_.add(of + "processor time of its own", costs.own_seconds, "s");
        figures_.add(of + "processor time of the kernel", costs.kernel_seconds, "s");
        const auto both = figures_.add(of + "processor time", costs.both_seconds, "s");
        figures_.add(of + "peak memory", costs.megabytes, "MB");
        const auto before = before_.find(name);
        if (before != before_.end()) {
            const auto& [own_before, both_before] = before->second;
            figures_.add(of + "exponent of growth of its own", {std::log10(own / own_before)}, "");
            figures_.add(of + "exponent of growth", {std::log10(both / both_before)}, "");
        }
        before_[name] = {own, both};
    }

    std::string fwlearn_;
    std::uint64_t largest_;
    kernel_test::TemporaryDirectory directory_;
    Figures figures_{"analysis"};
    unsigned failures_ = 0;
    /// Processor seconds with a tenth of the rows: its own, and with the kernel's.
    std::map<std::string, std::pair<double, double>> before_;
};

} // namespace

int main(int argc, char** argv) {
    return run(
        {"bench_analysis_cost", {"FWLEARN"}, "LARGEST", million}, argc, argv,
        [](const auto& paths, std::uint64_t largest) { Measuring(paths[0].string(), largest).measure(); });
}
