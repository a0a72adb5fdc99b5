#include "random_choices.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace fwlearn::tests {

using namespace model;

namespace {

struct Program {
    const char* exe;
    const char* cgroup;
    const char* unit;
};
constexpr std::array<Program, 8> programs{
    {{"/usr/bin/apt", "/system.slice/apt-daily.service", "apt-daily.service"},
     {"/usr/sbin/cron", "/system.slice/cron.service", "cron.service"},
     {"/usr/bin/curl", "/system.slice/cron.service", "cron.service"},
     {"/usr/sbin/nginx", "/system.slice/nginx.service", "nginx.service"},
     {"/usr/bin/curl", "/user.slice/user-1000.slice/session-3.scope", "session-*.scope"},
     {"/opt/app/bin/app", "/system.slice/app.service", "app.service"},
     {"/srv/shared/tool", "/system.slice/app.service/worker", "app.service"},
     {"/home/eve/bin/tool", "", ""}}};

} // namespace

void RandomChoices::give_process(Flow& flow, Identities& identities) {
    const auto process = [&] {
        const auto& program = programs[world_.below(programs.size())];
        Process made;
        made.exe = ForeignText(program.exe);
        made.cgroup = ForeignText(program.cgroup);
        made.unit = ForeignText(program.unit);
        return identities.add(made);
    };
    if (world_.one_in(6)) {
        return;
    }
    flow.key.process = process();
    flow.key.attribution = Attribution::exact;
    if (world_.one_in(10)) {
        flow.key.creator = process();
    }
    constexpr std::array<TaskKind, 4> kinds{TaskKind::service, TaskKind::timer, TaskKind::session,
                                            TaskKind::cron};
    flow.key.task =
        identities.add(Task{kinds[world_.below(kinds.size())], ForeignText(std::to_string(world_.below(3)))});
}

Record RandomChoices::record(std::size_t flows) {
    auto record = world_.record(flows);
    std::set<FlowKey> keys;
    std::vector<Flow> kept;
    for (auto& flow : record.flows) {
        give_process(flow, record.identities);
        auto& service = flow.key.destination.service;
        if (service.protocol.has_ports() && world_.one_in(3)) {
            service.detail = static_cast<std::uint16_t>(8000 + world_.below(24));
        }
        if (!flow.key.overflow && world_.one_in(4)) {
            NameBinding binding;
            binding.address = flow.key.destination.address;
            binding.name =
                ForeignText(std::string(1, static_cast<char>('a' + world_.below(8))) + ".example.org");
            binding.source = BindingSource::dns_host;
            flow.key.name = record.identities.add_name(binding.name);
            flow.key.name_source = binding.source;
            record.names.push_back(binding);
        }
        if (world_.one_in(5)) {
            flow.counts.answered = 0;
            flow.counts.unanswered = flow.counts.count;
        }
        if (keys.insert(flow.key).second) {
            kept.push_back(flow);
        }
    }
    record.flows = std::move(kept);
    const auto place = [](const NameBinding& binding) {
        return std::tie(binding.address, binding.name, binding.process, binding.source);
    };
    std::sort(record.names.begin(), record.names.end(),
              [&place](const auto& one, const auto& other) { return place(one) < place(other); });
    record.names.erase(
        std::unique(record.names.begin(), record.names.end(),
                    [&place](const auto& one, const auto& other) { return place(one) == place(other); }),
        record.names.end());
    std::set<ForeignText> seen;
    for (const auto& program : programs) {
        if (seen.insert(ForeignText(program.exe)).second && !world_.one_in(4)) {
            ProgramFile file;
            file.path = ForeignText(program.exe);
            file.owner = world_.one_in(4) ? 1000 : 0;
            file.writable_by_others = world_.one_in(8);
            file.in_home = file.path.raw_bytes().starts_with("/home");
            file.package = ForeignText(world_.one_in(3) ? "" : "some");
            record.programs.push_back(file);
        }
    }
    std::sort(record.programs.begin(), record.programs.end());
    return record;
}

DecisionScope RandomChoices::scope(const Record& record) {
    const auto& flow = record.flows[world_.below(record.flows.size())];
    const auto& [service, address] = flow.key.destination;
    DecisionScope scope;
    switch (world_.below(6)) {
    case 0:
        scope.process = ForeignText(world_.one_in(2) ? "*/curl" : "/usr/*");
        break;
    case 1:
        scope.task = ForeignText("timer *");
        break;
    case 2:
        scope.user = ForeignText(world_.one_in(2) ? "33" : "root");
        break;
    case 3:
        scope.unit = ForeignText("c*.service");
        break;
    case 4:
        scope.name = ForeignText("?.example.org");
        break;
    default:
        scope.address =
            Prefix(address, address.bits() - static_cast<unsigned>(world_.one_in(2) ? 0 : world_.below(9)));
    }
    if (world_.one_in(3)) {
        scope.protocol = service.protocol;
    }
    if (service.protocol.has_ports() && world_.one_in(3)) {
        scope.ports = DetailRange(service.detail);
    }
    return scope;
}

void RandomChoices::widen(Decision& decision, const Destination& near) {
    switch (world_.below(4)) {
    case 0:
        decision.to_address =
            Prefix(near.address, near.address.bits() - static_cast<unsigned>(world_.below(9)));
        break;
    case 1:
        decision.to_domain = ForeignText(world_.one_in(3) ? "host1.example.org" : "example.org");
        break;
    default:
        const auto first = 7995 + world_.below(30);
        decision.to_ports = DetailRange(static_cast<std::uint16_t>(first),
                                        static_cast<std::uint16_t>(first + world_.below(12)));
    }
}

Decision RandomChoices::by_pattern(const Record& record) {
    Decision decision;
    constexpr std::array<DecisionAction, 6> actions{DecisionAction::allow, DecisionAction::deny,
                                                    DecisionAction::widen, DecisionAction::widen,
                                                    DecisionAction::widen, DecisionAction::rename};
    decision.action = actions[world_.below(actions.size())];
    decision.scope = scope(record);
    if (decision.action == DecisionAction::widen) {
        widen(decision, record.flows[world_.below(record.flows.size())].key.destination);
    } else {
        decision.text = ForeignText("so it was decided");
    }
    return decision;
}

Choice RandomChoices::choice(std::size_t flows, bool by_rule) {
    Choice made;
    made.record = record(flows);
    made.options.by_address = world_.one_in(3);
    made.options.selector = static_cast<analyzer::SelectorMode>(world_.below(4));
    made.options.widening = static_cast<analyzer::Widening>(world_.below(4));
    made.options.include_sessions = world_.one_in(2);
    auto& decisions = made.options.decisions;
    for (std::size_t count = world_.below(5); count > 0; --count) {
        decisions.push_back(by_pattern(made.record));
    }
    const auto rules = by_rule ? analyzer::suggest(made.record, made.options).rules : std::vector<Rule>();
    for (std::size_t count = rules.empty() ? 0 : world_.below(4); count > 0; --count) {
        Decision decision;
        const auto& rule = rules[world_.below(rules.size())];
        decision.scope.rule = rule.id.substr(0, world_.one_in(8) ? 1 : 12);
        decision.action = static_cast<DecisionAction>(world_.below(5));
        if (decision.action == DecisionAction::widen) {
            widen(decision, {{rule.protocol, 0}, rule.addresses.front().address()});
        } else {
            decision.text = ForeignText("so it was decided");
        }
        decisions.push_back(decision);
    }
    for (std::size_t index = 0; index < decisions.size(); ++index) {
        decisions[index].line = static_cast<std::uint32_t>(4 * index + 1);
    }
    return made;
}

Record shuffled(const Record& record, std::mt19937_64& random) {
    Record other = record;
    other.identities = {};
    for (std::size_t id = record.identities.processes(); id-- > 0;) {
        other.identities.add(record.identities.process(static_cast<ProcessId>(id)));
    }
    for (std::size_t id = record.identities.tasks(); id-- > 0;) {
        other.identities.add(record.identities.task(static_cast<TaskId>(id)));
    }
    for (std::size_t id = record.identities.interfaces(); id-- > 0;) {
        other.identities.add_interface(record.identities.interface(static_cast<InterfaceId>(id)));
    }
    for (std::size_t id = record.identities.names(); id-- > 0;) {
        other.identities.add_name(record.identities.name(static_cast<NameId>(id)));
    }
    for (const auto& [uid, name] : record.identities.users()) {
        other.identities.name_user(uid, name);
    }
    for (auto& flow : other.flows) {
        flow.key.process = other.identities.add(record.identities.process(flow.key.process));
        flow.key.creator = other.identities.add(record.identities.process(flow.key.creator));
        flow.key.task = other.identities.add(record.identities.task(flow.key.task));
        flow.key.interface = other.identities.add_interface(record.identities.interface(flow.key.interface));
        flow.key.name = other.identities.add_name(record.identities.name(flow.key.name));
    }
    for (auto& name : other.names) {
        name.process = other.identities.add(record.identities.process(name.process));
    }
    std::shuffle(other.flows.begin(), other.flows.end(), random);
    return other;
}

ForeignText cgroup_of(const FlowKey& key, const Identities& identities) {
    return identities.process(key.creator != ProcessId::unknown ? key.creator : key.process).cgroup;
}

} // namespace fwlearn::tests
