#include "proven_names.hpp"

#include <algorithm>

namespace fwlearn::analyzer {

bool is_proven(const model::FlowKey& key, const model::Identities& identities,
               std::span<const model::NameBinding> names) {
    if (key.name == model::NameId::unknown) {
        return false;
    }
    if (is_answer(key.name_source)) {
        return true;
    }
    const auto& own = identities.name(key.name);
    const auto bindings = model::bindings_of(names, key.destination.address);
    return std::any_of(bindings.begin(), bindings.end(), [&](const auto& binding) {
        return is_answer(binding.source) && binding.name == own && binding.holds_for(key.process);
    });
}

std::set<model::ForeignText> proven_names_of(const model::FlowKey& key, const model::Identities& identities,
                                             std::span<const model::NameBinding> names) {
    std::set<model::ForeignText> proven;
    if (key.name != model::NameId::unknown) {
        if (is_proven(key, identities, names)) {
            proven.insert(identities.name(key.name));
        }
        return proven;
    }
    for (const auto& binding : model::bindings_of(names, key.destination.address)) {
        const bool is_evidence =
            is_answer(binding.source) || binding.source == model::BindingSource::configuration;
        if (is_evidence && binding.holds_for(key.process)) {
            proven.insert(binding.name);
        }
    }
    return proven;
}

} // namespace fwlearn::analyzer
