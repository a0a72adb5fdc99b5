#include "admission.hpp"

#include "admits.hpp"

namespace fwlearn::analyzer {

bool Admission::admits(const model::FlowKey& key, const model::Identities& identities,
                       const model::ForeignText* name) const {
    const auto takes = [&](std::uint32_t index) {
        const auto& rule = rules_[index];
        return has_service(rule, key.destination.service) && selector_of(rule, key, identities) != nullptr;
    };
    return places_.any_at(key.destination.address, takes) ||
           (name != nullptr && places_.any_named(*name, takes));
}

} // namespace fwlearn::analyzer
