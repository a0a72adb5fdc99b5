// What `fwlearn audit` costs on records of 10^4, 10^5 and 10^6 distinct aggregated flows against a whitelist
// of 500 rules: time and peak memory of the whole command, beside the time of only reading the same record;
// where one flow in a hundred is explained by no rule, and where none is explained.
//   bench_audit_cost FWLEARN [LARGEST]
#include "command_cost.hpp"

#include <analyzer/render/json.hpp>
#include <sql/reader.hpp>
#include <sql/writer.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <random>
#include <unordered_set>

using namespace fwlearn;
using namespace fwlearn::bench;

namespace {

constexpr unsigned rule_count = 500;
constexpr unsigned sender_count = 50;
constexpr unsigned names_of_rule = 20;

std::string name_of(unsigned rule, unsigned number) {
    return "host" + std::to_string(number) + ".service" + std::to_string(rule) + ".example.org";
}

/// Where a rule leads: every other one to a /16, the rest to names.
model::Address address_of(unsigned rule, unsigned number) {
    return model::Address::v4(0x0a000000U + (rule << 16U) + number);
}

model::Service service_of(unsigned rule) {
    constexpr std::uint16_t ports[] = {443, 443, 80, 5432, 25};
    return model::Service::port(model::protocol::tcp, ports[rule / sender_count % std::size(ports)]);
}

std::uint32_t uid_of(unsigned rule) {
    return 1000 + rule % sender_count;
}

std::string whitelist() {
    model::Whitelist whitelist;
    for (unsigned number = 0; number < rule_count; ++number) {
        model::Rule rule;
        model::Selector selector;
        selector.kind = model::SelectorKind::uid;
        selector.uid = uid_of(number);
        rule.selectors = {selector};
        rule.protocol = service_of(number).protocol;
        rule.details = {service_of(number).detail};
        if (number % 2 == 0) {
            rule.addresses = {model::Prefix(address_of(number, 0), 16)};
        } else {
            for (unsigned name = 0; name < names_of_rule; ++name) {
                rule.by_name.push_back({model::ForeignText(name_of(number, name)), {}, 300, false});
            }
            std::sort(rule.by_name.begin(), rule.by_name.end(),
                      [](const auto& one, const auto& other) { return one.name < other.name; });
        }
        whitelist.rules.push_back(std::move(rule));
    }
    return analyzer::render_json(whitelist);
}

/// Flows of fifty users that the rules admit, and among them, one in `one_in`, what none does.
class Server {
  public:
    Server(std::size_t flows, unsigned one_in) : random_(flows) {
        for (unsigned sender = 0; sender < sender_count; ++sender) {
            model::Process process;
            process.exe = model::ForeignText("/usr/sbin/daemon" + std::to_string(sender));
            processes_.push_back(identities_.add(process));
            tasks_.push_back(identities_.add(
                model::Task{model::TaskKind::service, model::ForeignText("s" + std::to_string(sender))}));
        }
        while (batch_.flows.size() < flows) {
            add(below(one_in) == 0 ? unexplained() : explained());
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

    model::FlowKey of_sender(unsigned sender) {
        model::FlowKey key;
        key.owner = model::SocketOwner::user(1000 + sender, 100);
        key.process = processes_[sender];
        key.task = tasks_[sender];
        key.attribution = model::Attribution::exact;
        return key;
    }

    model::FlowKey explained() {
        const auto rule = below(rule_count);
        auto key = of_sender(rule % sender_count);
        key.destination = {service_of(rule), address_of(rule, below(65536))};
        if (rule % 2 != 0) {
            key.name = identities_.add_name(model::ForeignText(name_of(rule, below(names_of_rule))));
            key.name_source = model::BindingSource::dns_process;
        }
        return key;
    }

    /// Each to its own address, so that each is a finding: near a rule, at a rule's place, or nowhere near.
    model::FlowKey unexplained() {
        auto key = of_sender(below(sender_count));
        const auto place = address_of(below(rule_count), below(65536));
        constexpr std::uint16_t ports[] = {443, 8443, 22};
        key.destination = {model::Service::port(model::protocol::tcp, ports[below(3)]),
                           below(2) == 0 ? place
                                         : model::Address::v4(0xc0000000U | static_cast<std::uint32_t>(
                                                                                random_() & 0x1fffffffU))};
        return key;
    }

    void add(const model::FlowKey& key) {
        if (!keys_.insert(key).second) {
            return;
        }
        const auto moment = start_ + std::chrono::minutes(below(7 * 24 * 60));
        model::FlowDelta delta;
        delta.key = key;
        delta.hour = model::hour_of(moment);
        delta.counts.count = delta.counts.answered = 1 + below(50);
        delta.counts.first_seen = delta.counts.last_seen = moment;
        batch_.flows.push_back(delta);
    }

    std::mt19937_64 random_;
    model::Identities identities_;
    std::vector<model::ProcessId> processes_;
    std::vector<model::TaskId> tasks_;
    std::unordered_set<model::FlowKey> keys_;
    model::Batch batch_;
};

void measure(const char* fwlearn, const std::filesystem::path& directory, std::size_t largest,
             unsigned one_in) {
    const auto rules = (directory / "whitelist.json").string();
    std::ofstream(rules) << whitelist();
    Cost before;
    for (std::size_t flows = 10'000; flows <= largest; flows *= 10) {
        const auto database = directory / ("flows" + std::to_string(flows) + ".db");
        Server(flows, one_in).store(database);
        const auto begin = Clock::now();
        const auto rows = sql::Reader(database).read().flows.size();
        const auto reading = seconds_since(begin);
        const auto cost =
            cost_of({fwlearn, "--db", database.string(), "audit", "--since", "@0", "--against", rules}, 1);
        // Time as flows to the power of this, between this size and the one before.
        const auto exponent = before.seconds > 0
                                  ? fmt::format("{:.2f}", std::log10(cost.seconds / before.seconds))
                                  : std::string("-");
        fmt::print("{:>10} {:>14} {:>10.2f} {:>10.2f} {:>10.2f} {:>8.1f} {:>10.0f} {:>10}\n", rows,
                   one_in == 1 ? "all" : fmt::format("1 in {}", one_in), reading, cost.seconds,
                   cost.processor_seconds, cost.seconds / reading, cost.mebibytes, exponent);
        before = cost;
        std::filesystem::remove(database);
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_audit_cost FWLEARN [LARGEST]\n");
        return 2;
    }
    const std::size_t largest = argc > 2 ? std::stoul(argv[2]) : 1'000'000;
    auto pattern = (std::filesystem::temp_directory_path() / "fwlearn-bench-XXXXXX").string();
    const std::filesystem::path directory = mkdtemp(pattern.data());
    fmt::print("{:>10} {:>14} {:>10} {:>10} {:>10} {:>8} {:>10} {:>10}\n", "flows", "unexplained",
               "reading, s", "audit, s", "of CPU, s", "ratio", "MiB", "exponent");
    measure(argv[1], directory, largest, 100);
    measure(argv[1], directory, largest, 1);
    std::filesystem::remove_all(directory);
    return 0;
}
