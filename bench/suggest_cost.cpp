// What `fwlearn suggest` costs on records of 10^4, 10^5 and 10^6 distinct aggregated flows: time and peak
// memory of the whole command, beside the time of only reading the same record.
//   bench_suggest_cost FWLEARN [LARGEST]
#include "command_cost.hpp"

#include <model/host_name.hpp>
#include <sql/reader.hpp>
#include <sql/writer.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <random>

using namespace fwlearn;
using namespace fwlearn::bench;

namespace {

/// A busy server: sixty senders of forty units; resolvers and a clock that all of them use; a tenth of the
/// flows by names on shared addresses; peers that never come twice, as a mail server or a crawler has.
class Server {
  public:
    explicit Server(std::size_t flows) : random_(flows) {
        for (unsigned unit = 0; unit < 40; ++unit) {
            model::Process process;
            process.exe = model::ForeignText("/usr/sbin/daemon" + std::to_string(unit));
            process.unit = model::ForeignText("daemon" + std::to_string(unit) + ".service");
            process.cgroup = model::ForeignText("/system.slice/daemon" + std::to_string(unit) + ".service");
            processes_.push_back(identities_.add(process));
            tasks_.push_back(identities_.add(model::Task{model::TaskKind::service, process.unit}));
        }
        for (std::size_t name = 0; name < flows / 100 + 10; ++name) {
            names_.push_back(identities_.add_name(model::ForeignText(
                "host" + std::to_string(name) + ".example" + std::to_string(name % 97) + ".org")));
        }
        while (batch_.flows.size() < flows) {
            add(one());
        }
    }

    void store(const std::filesystem::path& database) const {
        sql::Writer writer(database);
        model::Observation observation;
        observation.started = start_;
        observation.last_alive = start_ + std::chrono::hours(24 * 7);
        writer.begin_observation(observation);
        writer.commit(batch_, identities_, observation.last_alive);
    }

  private:
    static constexpr model::Timestamp start_{std::chrono::hours(490'000)};

    unsigned below(std::size_t limit) { return static_cast<unsigned>(random_() % limit); }

    model::FlowKey one() {
        model::FlowKey key;
        const auto unit = below(processes_.size());
        key.owner = model::SocketOwner::user(unit % 3 == 0 ? 0 : 100 + unit % 20, 100);
        key.process = processes_[unit];
        key.task = tasks_[unit];
        key.attribution = model::Attribution::exact;
        auto& [service, address] = key.destination;
        switch (below(10)) {
        case 0: { // by name
            const auto number = below(names_.size());
            key.name = names_[number];
            key.name_source = model::BindingSource::dns_host;
            service = model::Service::port(model::protocol::tcp, 443);
            address = model::Address::v4(0x0a000000U + number * 8 + below(8));
            break;
        }
        case 1: // services of the house
            service =
                model::Service::port(model::protocol::tcp, static_cast<std::uint16_t>(5000 + below(200)));
            address = model::Address::v4(0xc6336400U + below(250));
            break;
        default: { // peers
            constexpr std::uint16_t ports[] = {25, 80, 443, 8333};
            service = model::Service::port(model::protocol::tcp, ports[below(4)]);
            address = model::Address::v4(static_cast<std::uint32_t>(random_()));
            break;
        }
        }
        return key;
    }

    void add(const model::FlowKey& key) {
        if (!keys_.insert(key).second || key.destination.address.is_loopback()) {
            return;
        }
        const auto moment = start_ + std::chrono::minutes(below(7 * 24 * 60));
        model::FlowDelta delta;
        delta.key = key;
        delta.hour = model::hour_of(moment);
        delta.counts.count = delta.counts.answered = 1 + below(50);
        delta.counts.first_seen = delta.counts.last_seen = moment;
        batch_.flows.push_back(delta);
        if (key.name != model::NameId::unknown) {
            model::NameBinding binding;
            binding.address = key.destination.address;
            binding.name = identities_.name(key.name);
            binding.process = key.process;
            binding.first_seen = binding.last_seen = moment;
            binding.count = 1;
            binding.ttl = 300;
            batch_.names.push_back(binding);
        }
    }

    std::mt19937_64 random_;
    model::Identities identities_;
    std::vector<model::ProcessId> processes_;
    std::vector<model::TaskId> tasks_;
    std::vector<model::NameId> names_;
    std::set<model::FlowKey> keys_;
    model::Batch batch_;
};

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_suggest_cost FWLEARN [LARGEST]\n");
        return 2;
    }
    const std::size_t largest = argc > 2 ? std::stoul(argv[2]) : 1'000'000;
    auto pattern = (std::filesystem::temp_directory_path() / "fwlearn-bench-XXXXXX").string();
    const std::filesystem::path directory = mkdtemp(pattern.data());
    fmt::print("{:>10} {:>10} {:>12} {:>8} {:>10} {:>14}\n", "flows", "reading, s", "suggest, s", "ratio",
               "MiB", "exponent");
    Cost before;
    for (std::size_t flows = 10'000; flows <= largest; flows *= 10) {
        const auto database = directory / ("flows" + std::to_string(flows) + ".db");
        Server(flows).store(database);
        const auto begin = Clock::now();
        const auto rows = sql::Reader(database).read().flows.size();
        const auto reading = seconds_since(begin);
        const auto cost = cost_of({argv[1], "--db", database.string(), "suggest", "-o", "nft"});
        // Time as flows to the power of this, between this size and the one before.
        const auto exponent = before.seconds > 0
                                  ? fmt::format("{:.2f}", std::log10(cost.seconds / before.seconds))
                                  : std::string("-");
        fmt::print("{:>10} {:>10.2f} {:>12.2f} {:>8.1f} {:>10.0f} {:>14}\n", rows, reading, cost.seconds,
                   cost.seconds / reading, cost.mebibytes, exponent);
        before = cost;
    }
    std::filesystem::remove_all(directory);
    return 0;
}
