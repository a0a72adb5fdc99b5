// How large a record gets: a week of a busy server through the collector's own aggregator into a record,
// 10^6, 10^7 and 10^8 flows to 20,000 destinations, which a few of them take most of (Zipf's law). Beside it
// ulogd2's table, a row a flow.
//   bench_record_size [LARGEST]
#include "command_line.hpp"
#include "figures.hpp"

#include <collector/aggregator.hpp>
#include <model/identities.hpp>
#include <sql/writer.hpp>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <ground/temporary.hpp>

#include <algorithm>
#include <numeric>
#include <random>

using namespace fwlearn;
using namespace fwlearn::bench;

namespace {

constexpr unsigned hours = 7 * 24;
constexpr std::size_t destinations = 20'000;
constexpr model::Timestamp start{std::chrono::hours(490'000)};
/// A collector writes once a second; rows are the same when it is done less often.
constexpr unsigned writes_an_hour = 6;

/// Forty services, each with destinations of its own.
class Server {
  public:
    Server() : weights_(destinations) {
        for (std::size_t rank = 0; rank < destinations; ++rank) {
            weights_[rank] = 1.0 / static_cast<double>(rank + 1);
        }
        choose_ = std::discrete_distribution<std::size_t>(weights_.begin(), weights_.end());
        for (unsigned unit = 0; unit < services; ++unit) {
            model::Process process;
            process.exe = model::ForeignText("/usr/sbin/daemon" + std::to_string(unit));
            process.unit = model::ForeignText("daemon" + std::to_string(unit) + ".service");
            processes_[unit] = identities_.add(process);
            tasks_[unit] = identities_.add(model::Task{model::TaskKind::service, process.unit});
        }
    }

    model::FlowDelta flow(model::Timestamp at) {
        const auto number = static_cast<std::uint32_t>(choose_(random_));
        const auto unit = number % services;
        model::FlowDelta delta;
        delta.key.owner = model::SocketOwner::user(100 + unit, 100);
        delta.key.process = processes_.at(unit);
        delta.key.task = tasks_.at(unit);
        delta.key.attribution = model::Attribution::exact;
        delta.key.destination = {model::Service::port(model::protocol::tcp, 443),
                                 model::Address::v4(0x0a000000U + number * 7)};
        delta.hour = model::hour_of(at);
        delta.counts.count = delta.counts.answered = 1;
        delta.counts.first_seen = delta.counts.last_seen = at;
        return delta;
    }
    [[nodiscard]] const model::Identities& identities() const { return identities_; }
    std::mt19937& random() { return random_; }

  private:
    static constexpr unsigned services = 40;
    std::mt19937 random_{1};
    std::vector<double> weights_;
    std::discrete_distribution<std::size_t> choose_;
    model::Identities identities_;
    std::array<model::ProcessId, services> processes_{};
    std::array<model::TaskId, services> tasks_{};
};

/// Octets of the record of a week with so many flows.
std::uintmax_t week(std::uint64_t flows) {
    const kernel_test::TemporaryDirectory directory;
    const auto path = directory.path() / "flows.db";
    Server server;
    {
        sql::Writer writer(path);
        model::Observation observation;
        observation.started = observation.last_alive = start;
        writer.begin_observation(observation);
        collector::Aggregator aggregator;
        constexpr unsigned turns = hours * writes_an_hour;
        constexpr auto turn_lasts = std::chrono::milliseconds(std::chrono::hours(1)) / writes_an_hour;
        for (unsigned turn = 0; turn < turns; ++turn) {
            const auto begin = start + turn * turn_lasts;
            std::uniform_int_distribution<std::int64_t> moment(0, turn_lasts.count() - 1);
            for (auto left = flows / turns; left > 0; --left) {
                aggregator.add(server.flow(begin + std::chrono::milliseconds(moment(server.random()))));
            }
            writer.commit(aggregator.batch(), server.identities(), begin + turn_lasts);
            aggregator.written();
        }
        writer.end_observation(start + turns * turn_lasts);
    }
    return std::filesystem::file_size(path); // nobody has it open: its log is in it
}

/// The same of ulogd2's table, which grows by a row a flow.
std::uintmax_t ulogd_table(std::uint64_t flows) {
    const kernel_test::TemporaryDirectory directory;
    const auto path = directory.path() / "ulogd.db";
    {
        SQLite::Database database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        // ulogd2 2.0.8's doc/sqlite3.table, of its columns those that say who and where to.
        database.exec(
            "CREATE TABLE ulog_pkt (oob_time_sec INT UNSIGNED, oob_time_usec INT UNSIGNED, oob_uid INT "
            "UNSIGNED, oob_gid INT UNSIGNED, ip_saddr INT UNSIGNED, ip_daddr INT UNSIGNED, ip_protocol "
            "TINYINT UNSIGNED, sport SMALLINT UNSIGNED, dport SMALLINT UNSIGNED)");
        SQLite::Statement insert(database,
                                 "INSERT INTO ulog_pkt VALUES (?, ?, 133, 100, 3221225994, ?, 6, ?, 443)");
        SQLite::Transaction transaction(database);
        std::mt19937 random(1);
        for (std::uint64_t flow = 0; flow < flows; ++flow) {
            insert.bind(1, static_cast<std::int64_t>(1'764'000'000 + flow / 165));
            insert.bind(2, static_cast<std::int64_t>(random() % 1'000'000));
            insert.bind(3, static_cast<std::int64_t>(0x0a000000U + random() % destinations * 7));
            insert.bind(4, static_cast<std::int64_t>(32768 + random() % 28232));
            insert.exec();
            insert.reset();
        }
        transaction.commit();
    }
    return std::filesystem::file_size(path);
}

void measure(std::uint64_t largest) {
    Figures figures("size");
    constexpr double megabyte = 1e6;
    for (std::uint64_t flows = 1'000'000; flows <= largest; flows *= 10) {
        figures.add("record of a week, " + std::to_string(flows) + " flows to 20,000 destinations",
                    {static_cast<double>(week(flows)) / megabyte}, "MB");
    }
    constexpr std::uint64_t sample = 1'000'000;
    figures.add("ulogd2's table, octets a flow",
                {static_cast<double>(ulogd_table(sample)) / static_cast<double>(sample)}, "octets");
    figures.write();
}

} // namespace

int main(int argc, char** argv) {
    return run({"bench_record_size", {}, "LARGEST", 100'000'000}, argc, argv,
               [](const auto&, std::uint64_t largest) { measure(largest); });
}
