#include "model/record.hpp"

#include <algorithm>

namespace fwlearn::model {

std::span<const NameBinding> bindings_of(std::span<const NameBinding> bindings, const Address& address) {
    const auto first = std::lower_bound(
        bindings.begin(), bindings.end(), address,
        [](const NameBinding& binding, const Address& wanted) { return binding.address < wanted; });
    const auto last = std::upper_bound(
        first, bindings.end(), address,
        [](const Address& wanted, const NameBinding& binding) { return wanted < binding.address; });
    return {first, last};
}

std::set<ForeignText> names_of(const FlowKey& key, const Identities& identities,
                               std::span<const NameBinding> bindings) {
    if (key.name != NameId::unknown) {
        return {identities.name(key.name)};
    }
    std::set<ForeignText> names;
    for (const auto& binding : bindings) {
        if (binding.holds_for(key.process)) {
            names.insert(binding.name);
        }
    }
    return names;
}

} // namespace fwlearn::model
