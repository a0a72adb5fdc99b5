// What `fwlearn backtest` costs on records of a year with 10^4, 10^5 and 10^6 hourly rows: time and peak
// memory of the whole command, beside the time of only reading the same record.
//   bench_backtest_cost FWLEARN [LARGEST]
#include "command_cost.hpp"

#include <sql/reader.hpp>
#include <sql/writer.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <random>
#include <set>

using namespace fwlearn;
using namespace fwlearn::bench;

namespace {

constexpr unsigned sender_count = 50;
constexpr int hours_of_year = 365 * 24;
constexpr std::size_t hours_of_flow = 50; ///< in which one key's flows began, on average

/// A year of fifty services. Each reaches new places as time goes by, and each of its places again and again
/// from then on.
void store(const std::filesystem::path& database, std::size_t rows) {
    constexpr model::Hour start{std::chrono::hours(490'000)};
    std::mt19937_64 random(rows);
    const auto below = [&random](std::size_t limit) { return static_cast<int>(random() % limit); };
    model::Identities identities;
    model::Batch batch;
    for (unsigned key = 0; batch.flows.size() < rows; ++key) {
        const auto sender = key % sender_count;
        model::FlowDelta delta;
        delta.key.owner = model::SocketOwner::user(1000 + sender, 100);
        model::Process process;
        process.exe = model::ForeignText("/usr/sbin/daemon" + std::to_string(sender));
        delta.key.process = identities.add(process);
        delta.key.task = identities.add(
            model::Task{model::TaskKind::service, model::ForeignText("s" + std::to_string(sender))});
        delta.key.attribution = model::Attribution::exact;
        delta.key.destination = {model::Service::port(model::protocol::tcp, 443),
                                 model::Address::v4(0x0a000000U + key)};
        const auto first = below(hours_of_year);
        std::set<int> hours{first};
        for (std::size_t again = 0; again < hours_of_flow; ++again) {
            hours.insert(first + below(static_cast<std::size_t>(hours_of_year - first)));
        }
        for (const auto hour : hours) {
            delta.hour = start + std::chrono::hours(hour);
            delta.counts = {};
            delta.counts.count = delta.counts.answered = 1;
            delta.counts.first_seen = delta.counts.last_seen = model::Timestamp(delta.hour);
            batch.flows.push_back(delta);
        }
    }
    batch.flows.resize(rows);
    sql::Writer writer(database);
    model::Observation observation;
    observation.started = start;
    observation.last_alive = start + std::chrono::hours(hours_of_year);
    writer.begin_observation(observation);
    writer.commit(batch, identities, observation.last_alive);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_backtest_cost FWLEARN [LARGEST]\n");
        return 2;
    }
    const std::size_t largest = argc > 2 ? std::stoul(argv[2]) : 1'000'000;
    auto pattern = (std::filesystem::temp_directory_path() / "fwlearn-bench-XXXXXX").string();
    const std::filesystem::path directory = mkdtemp(pattern.data());
    fmt::print("{:>10} {:>10} {:>12} {:>8} {:>10} {:>10}\n", "rows", "reading, s", "backtest, s", "ratio",
               "MiB", "exponent");
    Cost before;
    for (std::size_t rows = 10'000; rows <= largest; rows *= 10) {
        const auto database = directory / ("rows" + std::to_string(rows) + ".db");
        store(database, rows);
        const auto begin = Clock::now();
        const auto flows = sql::Reader(database).read().flows.size();
        const auto reading = seconds_since(begin);
        const auto cost = cost_of({argv[1], "--db", database.string(), "backtest", "--json"}, 1);
        fmt::print("{:>10} {:>10.2f} {:>12.2f} {:>8.1f} {:>10.0f} {:>10}   {} keys\n", rows, reading,
                   cost.seconds, cost.seconds / reading, cost.mebibytes,
                   before.seconds > 0 ? fmt::format("{:.2f}", std::log10(cost.seconds / before.seconds))
                                      : "-",
                   flows);
        before = cost;
        std::filesystem::remove(database);
    }
    std::filesystem::remove_all(directory);
    return 0;
}
