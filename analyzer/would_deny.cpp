#include "analyzer/would_deny.hpp"

#include "admission.hpp"
#include "analyzer/fixed_parts.hpp"
#include "places.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace fwlearn::analyzer {

std::vector<WouldDeny> would_deny(const model::Record& record, const model::Whitelist& whitelist) {
    const Admission admission(whitelist.rules);
    const Places places(record);
    using Kind = std::tuple<model::TaskId, model::SocketOwner, model::NameId, bool, model::Destination>;
    std::map<Kind, std::uint64_t> flows;
    for (const auto& [key, counts, hours] : record.flows) {
        if (key.verdict == model::FlowVerdict::denied || admitted_by_fixed_part(key) != nullptr ||
            key.destination.address.is_loopback() ||
            (!key.overflow && admission.admits(key, record.identities, places.name_of(key)))) {
            continue;
        }
        flows[{key.task, key.owner, key.name, key.overflow, key.destination}] += counts.count;
    }
    std::vector<WouldDeny> result;
    result.reserve(flows.size());
    for (const auto& [kind, count] : flows) {
        const auto& [task, owner, name, overflow, destination] = kind;
        result.push_back({record.identities.task(task), owner, destination, record.identities.name(name),
                          overflow, count});
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const auto& one, const auto& other) { return one.flows > other.flows; });
    return result;
}

} // namespace fwlearn::analyzer
