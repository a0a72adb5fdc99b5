#include "interfaces.hpp"

#include <net/if.h>

#include <array>

namespace fwlearn::collector {

model::InterfaceId Interfaces::id(std::uint32_t index, model::Identities& identities) {
    const auto [position, unknown] = ids_.try_emplace(index, model::InterfaceId::unknown);
    if (unknown) {
        std::array<char, IF_NAMESIZE> name{};
        if (if_indextoname(index, name.data()) != nullptr) {
            position->second = identities.add_interface(model::ForeignText(name.data()));
        }
    }
    return position->second;
}

} // namespace fwlearn::collector
