#include "made_record.hpp"
#include "made_servers.hpp"

#include <random>

namespace fwlearn::bench {
namespace {

class Server {
  public:
    Server(const std::filesystem::path& database, std::size_t rows)
        : random_(rows), record_(database, std::chrono::hours(24 * 7)) {
        auto& identities = record_.identities();
        for (unsigned unit = 0; unit < 40; ++unit) {
            model::Process process;
            process.exe = model::ForeignText("/usr/sbin/daemon" + std::to_string(unit));
            process.unit = model::ForeignText("daemon" + std::to_string(unit) + ".service");
            process.cgroup = model::ForeignText("/system.slice/daemon" + std::to_string(unit) + ".service");
            processes_.push_back(identities.add(process));
            tasks_.push_back(identities.add(model::Task{model::TaskKind::service, process.unit}));
        }
        for (std::size_t name = 0; name < rows / 100 + 10; ++name) {
            names_.push_back(identities.add_name(model::ForeignText(
                "host" + std::to_string(name) + ".example" + std::to_string(name % 97) + ".org")));
        }
        while (record_.rows() < rows) {
            add(one());
        }
        record_.finish();
    }

  private:
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
        if (key.destination.address.is_loopback() || !record_.is_new(key)) {
            return;
        }
        const auto moment = MadeRecord::start + std::chrono::minutes(below(7 * 24 * 60));
        if (key.name != model::NameId::unknown) {
            model::NameBinding binding;
            binding.address = key.destination.address;
            binding.name = record_.identities().name(key.name);
            binding.process = key.process;
            binding.first_seen = binding.last_seen = moment;
            binding.count = 1;
            binding.ttl = 300;
            record_.add(binding);
        }
        record_.add(MadeRecord::flow(key, moment, 1 + below(50)));
    }

    std::mt19937_64 random_;
    MadeRecord record_;
    std::vector<model::ProcessId> processes_;
    std::vector<model::TaskId> tasks_;
    std::vector<model::NameId> names_;
};

} // namespace

void store_busy_week(const std::filesystem::path& database, std::size_t rows) {
    const Server server(database, rows);
}

} // namespace fwlearn::bench
