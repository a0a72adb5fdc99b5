#include "analyzer/existing.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace fwlearn::analyzer {
namespace {

model::ForeignText program_of(const model::Record& record, const model::FlowKey& key) {
    const auto& process = record.identities.process(key.process);
    return process.exe.empty() ? process.comm : process.exe;
}

} // namespace

model::ExistingDenials existing_denials(const model::Record& record, const model::Ruleset& ruleset) {
    const ExistingFirewall firewall(ruleset);
    using Group = std::tuple<model::ForeignText, model::Task, model::ForeignText, model::Destination>;
    std::map<Group, std::uint64_t> groups;
    model::ExistingDenials result;
    for (const auto& flow : record.flows) {
        const auto& key = flow.key;
        if (key.overflow || key.destination.address.is_loopback()) {
            continue;
        }
        const auto judgement =
            firewall.judge({key.owner, key.destination, record.identities.interface(key.interface)});
        if (judgement.fate == Fate::cannot_tell) {
            result.cannot_tell += flow.counts.count;
        } else if (judgement.fate == Fate::denied) {
            groups[{judgement.by, record.identities.task(key.task), program_of(record, key),
                    key.destination}] += flow.counts.count;
        }
    }
    result.denied.reserve(groups.size());
    for (const auto& [group, flows] : groups) {
        const auto& [by, task, program, destination] = group;
        result.denied.push_back({by, task, program, destination, flows});
    }
    std::stable_sort(result.denied.begin(), result.denied.end(),
                     [](const auto& one, const auto& other) { return one.flows > other.flows; });
    return result;
}

} // namespace fwlearn::analyzer
