#include "made_record.hpp"
#include "made_servers.hpp"

#include <analyzer/render/json.hpp>

#include <algorithm>
#include <random>

namespace fwlearn::bench {
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

class Server {
  public:
    Server(const std::filesystem::path& database, std::size_t rows, unsigned one_in)
        : random_(rows), record_(database, std::chrono::hours(24 * 7)) {
        for (unsigned sender = 0; sender < sender_count; ++sender) {
            model::Process process;
            process.exe = model::ForeignText("/usr/sbin/daemon" + std::to_string(sender));
            processes_.push_back(record_.identities().add(process));
            tasks_.push_back(record_.identities().add(
                model::Task{model::TaskKind::service, model::ForeignText("s" + std::to_string(sender))}));
        }
        while (record_.rows() < rows) {
            add(below(one_in) == 0 ? unexplained() : explained());
        }
        record_.finish();
    }

  private:
    unsigned below(std::size_t limit) { return static_cast<unsigned>(random_() % limit); }

    model::FlowKey of_sender(unsigned sender) {
        model::FlowKey key;
        key.owner = model::SocketOwner::user(uid_of(sender), 100);
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
            key.name = record_.identities().add_name(model::ForeignText(name_of(rule, below(names_of_rule))));
            key.name_source = model::BindingSource::dns_process;
        }
        return key;
    }

    /// Near a rule, at a rule's place, or nowhere near.
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
        if (record_.is_new(key)) {
            const auto moment = MadeRecord::start + std::chrono::minutes(below(7 * 24 * 60));
            record_.add(MadeRecord::flow(key, moment, 1 + below(50)));
        }
    }

    std::mt19937_64 random_;
    MadeRecord record_;
    std::vector<model::ProcessId> processes_;
    std::vector<model::TaskId> tasks_;
};

} // namespace

void store_admitted_week(const std::filesystem::path& database, std::size_t rows, unsigned one_in) {
    const Server server(database, rows, one_in);
}

std::string admitting_whitelist() {
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

} // namespace fwlearn::bench
