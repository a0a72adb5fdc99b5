#include "decision_scope.hpp"

#include "analyzer/patterns.hpp"

namespace fwlearn::analyzer {

model::DecisionScope scope_for(const model::FlowKey& key, const model::Identities& identities,
                               const model::ForeignText& name) {
    model::DecisionScope scope;
    const auto& process = identities.process(key.process);
    scope.process = model::ForeignText(pattern_for(process.script.empty() ? process.exe : process.script));
    if (key.owner.kind == model::OwnerKind::user) {
        scope.user = model::ForeignText(std::to_string(key.owner.uid));
    } else {
        scope.owner = key.owner.kind; // or it would be for every user's
    }
    if (name.empty()) {
        scope.address = model::Prefix(key.destination.address);
    } else {
        scope.name = model::ForeignText(pattern_for(name));
    }
    const auto& service = key.destination.service;
    scope.protocol = service.protocol;
    if (service.protocol.has_ports()) {
        scope.ports = model::DetailRange(service.detail);
    } else if (service.protocol.is_icmp()) {
        scope.icmp = model::DetailRange(service.detail);
    }
    return scope;
}

} // namespace fwlearn::analyzer
